package org.deepgm.shards;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.spark.sql.types.StructType;

/**
 * Writes rows into shards, one after the other: when one is large enough, the next is begun. A row
 * group is what a reader must have in memory at once.
 */
final class ShardWriter implements Closeable {
  /** Bytes of a file, compressed. */
  private static final long SHARD = 128L << 20;

  /** Bytes of a row group before compression. */
  private static final long GROUP = 16L << 20;

  private final Configuration configuration;
  private final String folder;
  private final String prefix;
  private final StructType schema;
  private final int id;
  private final List<Manifest.Shard> done = new ArrayList<>();
  private ParquetWriter<Object[]> writer;
  private String file;

  /**
   * Nothing written yet.
   *
   * @param prefix of the files' names
   */
  ShardWriter(Configuration configuration, String folder, String prefix, StructType schema) {
    this.configuration = configuration;
    this.folder = folder;
    this.prefix = prefix;
    this.schema = schema;
    id = schema.fieldIndex("id");
  }

  /** Writes a row. */
  void add(Object[] cells) throws IOException {
    if (writer == null) {
      file = String.format(Locale.ROOT, "%s-%04d.zstd.parquet", prefix, done.size());
      writer =
          new Builder(HadoopOutputFile.fromPath(new Path(folder, file), configuration), schema)
              .withConf(configuration)
              .withCompressionCodec(CompressionCodecName.ZSTD)
              .withRowGroupSize(GROUP)
              .withDictionaryEncoding(false)
              .withMinRowCountForPageSizeCheck(1)
              .withPageWriteChecksumEnabled(true)
              // Sizes are looked at after every row at first: one can be larger than a group.
              .config("parquet.block.size.row.check.min", "1")
              .build();
    }
    writer.write(cells);
    if (writer.getDataSize() >= SHARD) {
      finishFile();
    }
  }

  private void finishFile() throws IOException {
    writer.close();
    List<BlockMetaData> blocks = writer.getFooter().getBlocks();
    int[] rows = new int[blocks.size()];
    String[] first = new String[rows.length];
    String last = null;
    for (int b = 0; b < rows.length; b++) {
      rows[b] = Math.toIntExact(blocks.get(b).getRowCount());
      ColumnChunkMetaData ids = blocks.get(b).getColumns().get(id);
      Statistics<?> statistics = ids.getStatistics();
      first[b] = text(statistics.genericGetMin());
      last = text(statistics.genericGetMax());
    }
    writer = null;
    Path path = new Path(folder, file);
    long bytes = path.getFileSystem(configuration).getFileStatus(path).getLen();
    done.add(new Manifest.Shard(file, bytes, rows, first, last));
  }

  private static String text(Object value) {
    return value == null ? "" : ((Binary) value).toStringUsingUTF8();
  }

  /** What was written; the writer is done. */
  List<Manifest.Shard> finish() throws IOException {
    if (writer != null) {
      finishFile();
    }
    return List.copyOf(done);
  }

  /** Gives up a file that is not finished. */
  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
      writer = null;
    }
  }

  private static final class Builder extends ParquetWriter.Builder<Object[], Builder> {
    private final StructType schema;

    Builder(OutputFile file, StructType schema) {
      super(file);
      this.schema = schema;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    @SuppressWarnings("deprecation") // The one that must be there.
    protected WriteSupport<Object[]> getWriteSupport(Configuration configuration) {
      return new ParquetRows.Writing(schema);
    }
  }
}
