package org.deepgm.dataset;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Target;
import org.deepgm.text.TextEncoding;
import org.deepgm.transcription.FrameSource;

/** Rows of shards, and tables. */
public final class DatasetTargets implements Fuzz.Targets {
  private static final FrameSource SOURCE = new FrameSource(FrameSource.Kind.CEPSTRA, 8000, 20);

  private record Named(String name, List<byte[]> seeds, Reader reader) implements Target {
    @Override
    public void read(byte[] file) throws Exception {
      reader.read(file);
    }
  }

  private interface Reader {
    void read(byte[] file) throws Exception;
  }

  @Override
  public List<Target> all() {
    byte[] image =
        cells("a/b", new int[] {2, 3, 1, 8}, new byte[6], new byte[] {0, 1, 2, 0, 1, (byte) 255});
    byte[] utterance = cells("a.mfc", new int[] {0, 13, 0, 0}, new byte[4 * 26], "ab c".getBytes());
    byte[] text = cells("a.mrg, line 1", new int[4], new byte[0], "(S (NN a))".getBytes());
    return List.of(
        new Named("shard-image", List.of(image), f -> Shards.example(imageRow(f), 3)),
        new Named(
            "shard-utterance",
            List.of(utterance),
            f ->
                UtteranceShards.record(
                    utteranceRow(f), new UtteranceShards.Frames(SOURCE, ""), 100)),
        new Named("shard-text", List.of(text), f -> TextLines.line(textRow(f))),
        new Named("id", List.of("a/b/c".getBytes()), f -> RecordId.check(utf8(f))),
        table());
  }

  private static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Cells as bytes: four numbers, and three values with their lengths; below 0 is null. */
  private static byte[] cells(String id, int[] numbers, byte[] a, byte[] b) {
    byte[] name = id.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(28 + name.length + a.length + b.length);
    for (int number : numbers) {
      out.putInt(number);
    }
    for (byte[] value : new byte[][] {name, a, b}) {
      out.putInt(value.length).put(value);
    }
    return out.array();
  }

  private static Object[] cells(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(Arrays.copyOf(file, Math.max(28, file.length)));
    Object[] out = new Object[7];
    for (int i = 0; i < 4; i++) {
      out[i] = in.getInt();
    }
    for (int i = 4; i < 7 && in.remaining() >= 4; i++) {
      int length = in.getInt();
      if (length >= 0) {
        byte[] value = new byte[Math.min(length, in.remaining())];
        in.get(value);
        out[i] = value;
      }
    }
    return out;
  }

  private static String name(Object value) {
    return value == null ? null : utf8((byte[]) value);
  }

  private static Row imageRow(byte[] file) {
    Object[] c = cells(file);
    return RowFactory.create(name(c[4]), c[0], c[1], c[2], c[3], c[5], c[6]);
  }

  private static Row utteranceRow(byte[] file) {
    Object[] c = cells(file);
    return RowFactory.create(0L, name(c[4]), c[1], c[5], name(c[6]), (int) c[2] == 0 ? null : c[5]);
  }

  private static Row textRow(byte[] file) {
    Object[] c = cells(file);
    return RowFactory.create(0L, name(c[4]), name(c[6]));
  }

  private static Target table() {
    TranscriptionData.Format format =
        new TranscriptionData.Format(
            "{file}.mfc", "text", "gap", "", SOURCE, 100, TextEncoding.UTF_8, false);
    byte[] seed = "file\ttext\tgap\na,b\tone\t5\nc\ttwo words\t0\n".getBytes();
    Storage storage = new Storage(new Configuration());
    Path file = Fuzz.scratch().resolve("table.tsv");
    return new Named(
        "table",
        List.of(seed),
        f -> {
          Files.write(file, f);
          TranscriptionData.rows(storage, file.toString(), format, true);
        });
  }
}
