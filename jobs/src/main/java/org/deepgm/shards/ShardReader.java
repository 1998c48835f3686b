package org.deepgm.shards;

import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;

/**
 * Rows of shards in the order in which they lie there. Of a file, one row group is in memory at a
 * time; pages are read with their checksums.
 */
final class ShardReader implements Iterator<Row>, Closeable {
  /**
   * Rows that follow each other in one file.
   *
   * @param file path
   * @param groups first row group, and the one behind the last
   * @param skip rows of the first group before those that are wanted
   * @param rows how many are wanted
   */
  record Piece(String file, int[] groups, long skip, long rows) implements Serializable {}

  private final Configuration configuration;
  private final StructType schema;
  private final Iterator<Piece> pieces;
  private Piece piece;
  private ParquetFileReader reader;
  private MessageColumnIO columns;
  private RecordReader<Row> rows;
  private int group;
  private long leftInGroup;
  private long left;

  ShardReader(Configuration configuration, StructType schema, List<Piece> pieces) {
    this.configuration = configuration;
    this.schema = schema;
    this.pieces = pieces.iterator();
    TaskContext task = TaskContext.get();
    if (task != null) {
      task.addTaskCompletionListener(
          (org.apache.spark.util.TaskCompletionListener) context -> close());
    }
  }

  @Override
  public boolean hasNext() {
    return left > 0 || pieces.hasNext();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    try {
      if (left == 0) {
        open(pieces.next());
      }
      Row row = one();
      left--;
      if (left == 0) {
        close();
      }
      return row;
    } catch (IOException e) {
      close();
      throw damaged(e);
    } catch (InputException e) {
      close();
      throw e;
    } catch (RuntimeException e) {
      // Parquet's readers have exceptions of many kinds for bytes that make no sense.
      close();
      throw damaged(e);
    }
  }

  private InputException damaged(Exception e) {
    return new InputException(piece.file() + " cannot be read: " + Storage.reason(e), e);
  }

  private void open(Piece next) throws IOException {
    piece = next;
    left = next.rows();
    ParquetReadOptions options =
        HadoopReadOptions.builder(configuration).usePageChecksumVerification(true).build();
    reader =
        ParquetFileReader.open(
            HadoopInputFile.fromPath(new Path(next.file()), configuration), options);
    MessageType found = reader.getFileMetaData().getSchema();
    check(found);
    columns =
        new ColumnIOFactory(reader.getFileMetaData().getCreatedBy())
            .getColumnIO(found, found, true);
    group = next.groups()[0];
    leftInGroup = 0;
    for (long i = 0; i < next.skip(); i++) {
      one();
    }
  }

  private void check(MessageType found) {
    MessageType expected = ParquetRows.message(schema);
    boolean same = found.getFieldCount() == expected.getFieldCount();
    for (int i = 0; same && i < found.getFieldCount(); i++) {
      Type a = found.getType(i);
      Type b = expected.getType(i);
      same =
          a.isPrimitive()
              && a.getName().equals(b.getName())
              && !a.isRepetition(Type.Repetition.REPEATED)
              && a.asPrimitiveType().getPrimitiveTypeName()
                  == b.asPrimitiveType().getPrimitiveTypeName();
    }
    if (!same) {
      throw new InputException(
          piece.file()
              + ": expected columns "
              + expected.getFields()
              + ", found "
              + found.getFields());
    }
  }

  private Row one() throws IOException {
    if (leftInGroup == 0) {
      if (group >= piece.groups()[1]) {
        throw new IOException("fewer rows than the list of shards says");
      }
      PageReadStore pages = reader.readRowGroup(group++);
      leftInGroup = pages.getRowCount();
      rows = columns.getRecordReader(pages, new ParquetRows.Reading(schema), FilterCompat.NOOP);
    }
    leftInGroup--;
    return rows.read();
  }

  @Override
  public void close() {
    try {
      if (reader != null) {
        reader.close();
      }
    } catch (IOException e) {
      // Nothing is lost by it: all that was wanted has been read.
      left = Math.max(left, 0);
    }
    reader = null;
    rows = null;
  }
}
