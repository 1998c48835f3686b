package org.deepgm.task.segmentation;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.RecordId;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;

/**
 * Packed images: Parquet files with one decoded image a row, ids ascending over the files, and
 * {@code _labels.json} beside them. {@code _images.json} has the version; shards of before it was
 * kept have none.
 *
 * <p>Columns: id, height, width, channels, bits, image (samples [C, H, W]), mask (label indices [H,
 * W], 255 ignored; null for images alone). Samples are stored raw and compressed with zstd: nothing
 * is decoded when an executor reads its part again.
 *
 * @param labels the classes, or null for images without masks
 * @param mixed whether images of 8 and of 16 bits may be mixed
 */
record ImageShards(LabelSet labels, boolean mixed) implements Packing<Example> {
  static final String DESCRIPTION = "images.json";
  static final int VERSION = 1;

  /** Name of the label set in a folder of shards. */
  static final String LABELS = "labels.json";

  /** The columns. */
  static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("height", DataTypes.IntegerType, false)
          .add("width", DataTypes.IntegerType, false)
          .add("channels", DataTypes.IntegerType, false)
          .add("bits", DataTypes.IntegerType, false)
          .add("image", DataTypes.BinaryType, false)
          .add("mask", DataTypes.BinaryType, true);

  @Override
  public StructType schema() {
    return SCHEMA;
  }

  @Override
  public Object[] cells(Example e) {
    Image image = e.image();
    return new Object[] {
      e.id(),
      image.height(),
      image.width(),
      image.channels(),
      image.bits(),
      image.samples(),
      e.labels() == null ? null : e.labels().labels()
    };
  }

  @Override
  public long bytes(Example e) {
    return e.image().samples().length + (long) e.image().pixels();
  }

  @Override
  public Map<String, byte[]> files() {
    byte[] version = ("{\"version\": " + VERSION + "}\n").getBytes(StandardCharsets.UTF_8);
    return labels == null
        ? Map.of(DESCRIPTION, version)
        : Map.of(DESCRIPTION, version, LABELS, labels.toJson());
  }

  /** Images of other channels than most are left out. */
  @Override
  public String kind(Example e) {
    return ChannelLayout.of(e.image(), mixed).toString();
  }

  @Override
  public BadRecord fault(String id, String found, String common) {
    return ChannelLayout.fault(id, found, common, mixed);
  }

  /**
   * The example of a row.
   *
   * @param labels number of classes
   * @throws RecordException if a cell is missing or does not fit the others
   */
  static Example example(Row row, int labels) {
    String id = row.isNullAt(0) ? null : row.getString(0);
    RecordId.check(id);
    for (int cell = 1; cell < 6; cell++) {
      if (row.isNullAt(cell)) {
        throw malformed(id, "a value in column " + SCHEMA.fieldNames()[cell], "null");
      }
    }
    int height = row.getInt(1);
    int width = row.getInt(2);
    int channels = row.getInt(3);
    int bits = row.getInt(4);
    byte[] samples = row.getAs(5);
    if (height < 1 || width < 1 || channels < 1 || channels > 1024 || bits != 8 && bits != 16) {
      throw malformed(
          id,
          "at least 1 x 1 pixels, 1 to 1024 channels, 8 or 16 bits",
          height + " x " + width + ", " + channels + ", " + bits);
    }
    long pixels = (long) height * width;
    if (pixels > Integer.MAX_VALUE || samples.length != pixels * channels * (bits / 8)) {
      throw malformed(
          id,
          "samples of " + height + " x " + width + " x " + channels + " of " + bits + " bits",
          samples.length + " bytes");
    }
    byte[] mask = row.getAs(6);
    if (mask != null && mask.length != pixels) {
      throw malformed(id, pixels + " labels", mask.length + " bytes");
    }
    for (int i = 0; mask != null && i < mask.length; i++) {
      int label = mask[i] & 0xFF;
      if (label >= labels && label != LabelMap.IGNORE) {
        throw malformed(id, "labels below " + labels + " or 255 (ignore)", "" + label);
      }
    }
    return new Example(
        id,
        new Image(height, width, channels, bits, samples),
        mask == null ? null : new LabelMap(height, width, mask));
  }

  private static RecordException malformed(String id, String expected, String found) {
    return new RecordException(
        Kind.MALFORMED, id + ": expected " + expected + ", found " + found + " in the shards");
  }

  /** The label set of a folder of shards. */
  static LabelSet labels(Storage storage, String folder) {
    String path = Shards.beside(storage, folder, LABELS);
    if (!storage.exists(path)) {
      throw new InputException(
          path + ": expected the label set of the data, found none; --labels FILE names one");
    }
    return LabelSet.parse(storage.read(path), path);
  }
}
