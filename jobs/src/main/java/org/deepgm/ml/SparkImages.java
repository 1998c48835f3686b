package org.deepgm.ml;

import java.util.Map;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.deepgm.image.Image;
import org.deepgm.image.InputException;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;

/**
 * Images and masks in Spark's image schema, which keeps samples of 8 bits pixel by pixel with blue
 * first.
 */
public final class SparkImages {
  private static final int GRAY = 0;

  private SparkImages() {}

  /** The schema of an image column: origin, height, width, nChannels, mode, data. */
  static StructType schema() {
    return ImageSchema.columnSchema();
  }

  /**
   * Two folders as one data frame with the columns {@code image} and {@code mask}, matched by their
   * paths below the folders without endings. Images without a mask and masks without an image are
   * left out, as are files that Spark's reader cannot decode.
   */
  public static Dataset<Row> join(SparkSession spark, String images, String masks) {
    return read(spark, images, "image").join(read(spark, masks, "mask"), "id");
  }

  /** A folder as a data frame with the columns {@code id} and {@code column}. */
  static Dataset<Row> read(SparkSession spark, String folder, String column) {
    Dataset<Row> files =
        spark
            .read()
            .format("image")
            .option("dropInvalid", true)
            .option("recursiveFileLookup", true)
            .load(folder);
    String root = folder.replaceAll("^[a-z0-9]+:/*", "").replaceAll("^/+|/+$", "");
    String path = ".*?\\Q" + root + "\\E/(.*?)\\.[^./]*$";
    return files.select(
        functions.regexp_extract(functions.col("image.origin"), path, 1).as("id"),
        functions.col("image").as(column));
  }

  /** Where an image came from. */
  static String origin(Row image) {
    return image.<String>getAs("origin");
  }

  /** The image of a struct: channels in the order red, green, blue, alpha. */
  static Image image(Row struct) {
    int height = struct.getAs("height");
    int width = struct.getAs("width");
    int channels = struct.getAs("nChannels");
    byte[] data = struct.getAs("data");
    if (height < 1 || width < 1 || data.length != height * width * channels) {
      throw new InputException(
          origin(struct)
              + ": expected an image of 8 bits a sample, found one that was not decoded");
    }
    Image image = Image.blank(height, width, channels, 8);
    for (int c = 0; c < channels; c++) {
      int from = channels >= 3 && c < 3 ? 2 - c : c;
      int plane = c * height * width;
      for (int i = 0; i < height * width; i++) {
        image.samples()[plane + i] = data[i * channels + from];
      }
    }
    return image;
  }

  /**
   * The labelling of a mask: of one channel, whose samples are class ids, or of three in the
   * classes' colours, as Spark reads files with a palette. Black is then ignored, where there is an
   * ignore id and no class is black: so masks with a palette keep it.
   */
  static LabelMap mask(Row struct, LabelSet labels) {
    int channels = struct.getAs("nChannels");
    if (channels != 1 && channels != 3) {
      throw new InputException(
          origin(struct)
              + ": expected a mask of one channel that holds class ids, or of three in the classes'"
              + " colours, found "
              + channels
              + " channels");
    }
    int height = struct.getAs("height");
    int width = struct.getAs("width");
    byte[] data = struct.getAs("data");
    int[] ids = labels.indexOfId();
    Map<Integer, Integer> colors = labels.indexOfColor();
    if (labels.ignore() != null) {
      colors.putIfAbsent(0, LabelMap.IGNORE);
    }
    byte[] out = new byte[height * width];
    for (int i = 0; i < out.length; i++) {
      int value = channels == 1 ? data[i] & 0xFF : color(data, 3 * i);
      int found = channels == 1 ? ids[value] : colors.getOrDefault(value, -1);
      if (found < 0) {
        throw new InputException(
            origin(struct)
                + (channels == 1
                    ? ": expected labels " + labels.expectedIds() + ", found " + value
                    : String.format(": expected the classes' colours, found #%06x", value))
                + " at row "
                + i / width
                + ", column "
                + i % width);
      }
      out[i] = (byte) found;
    }
    return new LabelMap(height, width, out);
  }

  /** Blue comes first. */
  private static int color(byte[] data, int at) {
    return (data[at + 2] & 0xFF) << 16 | (data[at + 1] & 0xFF) << 8 | data[at] & 0xFF;
  }

  /** A labelling as a mask of class ids. */
  static Row struct(String origin, LabelMap map, LabelSet labels) {
    byte[] data = new byte[map.labels().length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) labels.classes().get(map.label(i)).id();
    }
    return RowFactory.create(origin, map.height(), map.width(), 1, GRAY, data);
  }

  /** Refuses a column that is not there or holds no images, by name. */
  static void check(StructType schema, String column, String what) {
    if (!java.util.Arrays.asList(schema.fieldNames()).contains(column)) {
      throw new IllegalArgumentException(
          "Expected a column "
              + column
              + " of "
              + what
              + " in Spark's image schema, found the columns "
              + String.join(", ", schema.fieldNames()));
    }
    boolean images =
        schema.apply(column).dataType() instanceof StructType struct
            && java.util.Arrays.equals(struct.fieldNames(), schema().fieldNames());
    if (!images) {
      throw new IllegalArgumentException(
          "Expected column "
              + column
              + " to hold "
              + what
              + " in Spark's image schema, found "
              + schema.apply(column).dataType().simpleString());
    }
  }
}
