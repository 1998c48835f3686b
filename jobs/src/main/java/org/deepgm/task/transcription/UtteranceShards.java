package org.deepgm.task.transcription;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.RecordId;
import org.deepgm.dataset.Source;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;
import org.deepgm.task.Setup;
import org.deepgm.transcription.FrameSource;
import org.deepgm.transcription.Utterance;

/**
 * Packed utterances: Parquet files with the frames of one a row, so that sound is decoded once, and
 * {@code _frames.json} beside them, which says what they are.
 *
 * <p>Columns: order (place in the table), id, channels, frames (little-endian floats [T,
 * channels]), text (null without one), scale (mean and deviation of each channel, or null).
 *
 * @param frames what the frames are
 */
record UtteranceShards(Frames frames) implements Packing<Utterance> {
  private static final String SOURCE = "frames.json";
  private static final int VERSION = 1;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  static final StructType SCHEMA =
      new StructType()
          .add(Shards.ORDER, DataTypes.LongType, false)
          .add("id", DataTypes.StringType, false)
          .add("channels", DataTypes.IntegerType, false)
          .add("frames", DataTypes.BinaryType, false)
          .add("text", DataTypes.StringType, true)
          .add("scale", DataTypes.BinaryType, true);

  /**
   * What frames are.
   *
   * @param source of them
   * @param group column by which they are normalised; empty: each utterance by itself
   */
  record Frames(FrameSource source, String group) implements Serializable {}

  @Override
  public StructType schema() {
    return SCHEMA;
  }

  @Override
  public Object[] cells(Utterance u) {
    return new Object[] {
      u.id(), u.channels(), bytes(u.frames()), u.text(), u.scale() == null ? null : bytes(u.scale())
    };
  }

  @Override
  public long bytes(Utterance u) {
    return 4L * u.frames().length;
  }

  @Override
  public Map<String, byte[]> files() {
    try {
      ObjectNode node = MAPPER.valueToTree(frames);
      return Map.of(SOURCE, MAPPER.writeValueAsBytes(node.put("version", VERSION)));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer.array();
  }

  /**
   * The utterance of a row.
   *
   * @throws RecordException if a cell is missing or does not fit the others
   */
  static Utterance utterance(Row row, Frames frames, int maxFrames) {
    String id = RecordId.checkName(row.isNullAt(1) ? null : row.getString(1));
    if (row.isNullAt(2) || row.isNullAt(3)) {
      throw malformed(id, "channels and frames", "null");
    }
    int channels = row.getInt(2);
    byte[] bytes = row.getAs(3);
    if (channels != frames.source().channels() || bytes.length % (4 * channels) != 0) {
      throw malformed(
          id,
          "whole frames of " + frames.source().channels() + " channels",
          bytes.length + " bytes of " + channels + " channels");
    }
    int length = bytes.length / (4 * channels);
    if (length < 1 || length > maxFrames) {
      throw malformed(id, "1 to " + maxFrames + " frames (transcription.max-frames)", "" + length);
    }
    byte[] scale = row.getAs(5);
    if (scale != null && scale.length != 8 * channels) {
      throw malformed(id, "a mean and a deviation a channel", scale.length + " bytes");
    }
    return new Utterance(
        id,
        channels,
        floats(bytes, id),
        row.getString(4),
        scale == null ? null : floats(scale, id));
  }

  private static RecordException malformed(String id, String expected, String found) {
    return new RecordException(
        RecordException.Kind.MALFORMED,
        id + ": expected " + expected + ", found " + found + " in the shards");
  }

  private static float[] floats(byte[] bytes, String id) {
    FloatBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw malformed(id, "finite numbers", "" + value);
      }
    }
    return values;
  }

  /**
   * The utterances of shards, in order.
   *
   * @throws InputException if they hold other frames than those that are asked for
   */
  static Source<Utterance> source(Setup setup, String folder, Frames wanted, int maxFrames) {
    Source<Utterance> shards =
        Shards.ordered(
            setup.spark(),
            setup.storage(),
            folder,
            SCHEMA,
            setup.settings().reading().toString(),
            row -> utterance(row, wanted, maxFrames));
    String path = Shards.beside(setup.storage(), folder, SOURCE);
    Frames found;
    try {
      ObjectNode node = MAPPER.readValue(setup.storage().read(path), ObjectNode.class);
      // The first shards had no version.
      int version = node.has("version") ? node.remove("version").asInt(-1) : VERSION;
      if (version != VERSION) {
        throw new InputException(path + ": expected version " + VERSION + ", found " + version);
      }
      found = MAPPER.treeToValue(node, Frames.class);
    } catch (IOException e) {
      throw new InputException(path + ": " + e.getMessage(), e);
    }
    if (!found.equals(wanted)) {
      throw new InputException(
          folder + ": expected frames of " + wanted + ", found shards of " + found);
    }
    return shards;
  }
}
