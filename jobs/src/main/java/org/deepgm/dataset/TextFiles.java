package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.fault.RecordException;
import org.deepgm.model.ModelFiles;
import org.deepgm.structure.Identified;
import org.deepgm.text.TextEncoding;

/**
 * Records in text: of a file, or of the files below a folder by their relative paths. A file is
 * read whole by one task and cut into pieces; what a piece means is found where it is used.
 */
public final class TextFiles<R extends Identified> implements Source<R> {
  /**
   * A record's text, or what is wrong with it or its file.
   *
   * @param id its file and place
   */
  public record Piece(String id, String text, BadRecord bad) implements Serializable {}

  /** Cuts the text of a file, whose name begins the ids. */
  public interface Cut extends Serializable {
    /** The pieces in order. */
    Iterator<Piece> pieces(String text, String name);
  }

  /** Reads a piece. */
  public interface Read<R> extends Serializable {
    /** What it holds; null if that is nothing. */
    R read(String id, String text);
  }

  /** Pieces of a file from one to another. */
  private record Range(Storage.Entry file, int from, int to) implements Serializable {}

  private final JavaSparkContext context;
  private final List<Storage.Entry> files;
  private final Broadcast<SerializableConfiguration> configuration;
  private final TextEncoding encoding;
  private final Cut cut;
  private final Read<R> read;

  /**
   * The text below a path.
   *
   * @param tell is told of progress and of what is passed over
   */
  public TextFiles(
      SparkSession spark,
      String path,
      TextEncoding encoding,
      Cut cut,
      Read<R> read,
      Consumer<String> tell) {
    context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    files = new Storage(spark.sparkContext().hadoopConfiguration()).textFiles(path, tell);
    configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    this.encoding = encoding;
    this.cut = cut;
    this.read = read;
  }

  @Override
  public JavaRDD<Record<R>> records(int partitions) {
    List<Range> whole = files.stream().map(f -> new Range(f, 0, Integer.MAX_VALUE)).toList();
    return records(whole, partitions);
  }

  @Override
  public long bytes() {
    return files.stream().mapToLong(Storage.Entry::length).sum();
  }

  private JavaRDD<Record<R>> records(List<Range> ranges, int partitions) {
    Pieces pieces = new Pieces(configuration, encoding, cut);
    Read<R> reader = read;
    return OrderedData.spread(
            context.parallelize(ranges, ranges.size()).flatMap(pieces::of), partitions)
        .map(piece -> read(piece, reader))
        .filter(r -> r.value() != null || r.bad() != null);
  }

  private static <R> Record<R> read(Piece piece, Read<R> reader) {
    if (piece.bad() != null) {
      return Record.bad(piece.bad());
    }
    try {
      return Record.of(reader.read(piece.id(), piece.text()));
    } catch (RecordException e) {
      return Record.bad(BadRecord.of(piece.id(), e));
    }
  }

  /** Chunks of so many pieces; files are gone through once to count them. */
  @Override
  public List<Chunk<R>> chunks(int size, int partitions) {
    Pieces pieces = new Pieces(configuration, encoding, cut);
    List<Integer> counts =
        context.parallelize(files, Math.max(1, files.size())).map(pieces::count).collect();
    List<Chunk<R>> chunks = new ArrayList<>();
    List<Range> ranges = new ArrayList<>();
    int room = size;
    for (int f = 0; f < files.size(); f++) {
      for (int from = 0; from < counts.get(f); ) {
        int to = Math.min(counts.get(f), from + room);
        ranges.add(new Range(files.get(f), from, to));
        room -= to - from;
        from = to;
        if (room == 0) {
          chunks.add(chunk(ranges, partitions));
          ranges = new ArrayList<>();
          room = size;
        }
      }
    }
    if (!ranges.isEmpty()) {
      chunks.add(chunk(ranges, partitions));
    }
    return chunks;
  }

  private Chunk<R> chunk(List<Range> ranges, int partitions) {
    Range first = ranges.get(0);
    Range last = ranges.get(ranges.size() - 1);
    StringBuilder identity = new StringBuilder(encoding + "\n");
    int count = 0;
    for (Range range : ranges) {
      identity.append(range.file().path()).append(' ').append(range.from()).append('\n');
      count += range.to() - range.from();
    }
    return new Chunk<>(
        first.file().relative() + ", record " + (first.from() + 1),
        last.file().relative() + ", record " + last.to(),
        count,
        ModelFiles.sha256(identity.toString().getBytes(StandardCharsets.UTF_8)),
        ranges.stream().map(r -> r.file().length() + " " + r.file().modified()).toList(),
        () -> records(ranges, partitions));
  }

  private record Pieces(
      Broadcast<SerializableConfiguration> configuration, TextEncoding encoding, Cut cut)
      implements Serializable {
    private Iterator<Piece> of(Storage.Entry file) {
      Configuration hadoop = configuration.value().value();
      try {
        String text = encoding.decode(new Storage(hadoop).read(file.path()), file.relative());
        return cut.pieces(text, file.relative());
      } catch (RecordException e) {
        return bad(file, BadRecord.of(file.relative(), e));
      } catch (Storage.UnreadableException e) {
        String kind = RecordException.Kind.UNREADABLE.key();
        return bad(file, new BadRecord(file.relative(), kind, e.getMessage()));
      }
    }

    private static Iterator<Piece> bad(Storage.Entry file, BadRecord bad) {
      return List.of(new Piece(file.relative(), null, bad)).iterator();
    }

    int count(Storage.Entry file) {
      int n = 0;
      for (Iterator<Piece> it = of(file); it.hasNext(); it.next()) {
        n++;
      }
      return n;
    }

    Iterator<Piece> of(Range range) {
      Iterator<Piece> all = of(range.file());
      for (int i = 0; i < range.from() && all.hasNext(); i++) {
        all.next();
      }
      return new Iterator<>() {
        private int next = range.from();

        @Override
        public boolean hasNext() {
          return next < range.to() && all.hasNext();
        }

        @Override
        public Piece next() {
          next++;
          return all.next();
        }
      };
    }
  }
}
