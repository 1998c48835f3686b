package org.deepgm.task.segmentation;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.image.LabelLookup;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.text.Printed;

/**
 * Images and masks in Spark's image schema, which keeps samples pixel by pixel with blue first.
 *
 * <p>Spark itself knows samples of 8 bits. What is read and written here may also have 16, told by
 * the type that OpenCV gives such images ({@code CV_16UC1} is 2), each sample with its low byte
 * first; so masks hold class ids above 255.
 */
public final class ImageStructs {
  /** OpenCV's depth of unsigned samples of 16 bits; that of 8 bits is 0. */
  private static final int DEPTH_16 = 2;

  private ImageStructs() {}

  /** The schema of an image column: origin, height, width, nChannels, mode, data. */
  public static StructType schema() {
    return ImageSchema.columnSchema();
  }

  /** Where an image came from; empty where that is not told. */
  public static String origin(Row image) {
    String origin = image == null ? null : image.getAs("origin");
    return origin == null ? "" : origin;
  }

  private static String place(Row struct) {
    String origin = origin(struct);
    return origin.isEmpty() ? "an image without an origin" : Printed.line(origin);
  }

  /**
   * The image of a struct: channels in the order red, green, blue, alpha.
   *
   * @throws RecordException if it is null or was not decoded
   */
  public static Image image(Row struct) {
    if (struct == null) {
      throw new RecordException(Kind.MALFORMED, "Expected an image in every row, found null");
    }
    Integer height = struct.getAs("height");
    Integer width = struct.getAs("width");
    Integer channels = struct.getAs("nChannels");
    byte[] data = struct.getAs("data");
    boolean whole =
        height != null
            && width != null
            && channels != null
            && data != null
            && height >= 1
            && width >= 1
            && channels >= 1;
    long samples = whole ? (long) height * width * channels : 0;
    boolean overflow = whole && samples / channels / width != height;
    boolean wide = whole && data.length == 2 * samples && depth(struct) == DEPTH_16;
    if (!whole || overflow || !wide && data.length != samples) {
      throw new RecordException(
          Kind.MALFORMED,
          place(struct)
              + ": expected an image of 8 or 16 bits a sample, found one that was not decoded");
    }
    Image image = Image.blank(height, width, channels, wide ? 16 : 8);
    for (int c = 0; c < channels; c++) {
      int from = channels >= 3 && c < 3 ? 2 - c : c;
      for (int i = 0; i < image.pixels(); i++) {
        int at = i * channels + from;
        image.set(
            c, i, wide ? (data[2 * at + 1] & 0xFF) << 8 | data[2 * at] & 0xFF : data[at] & 0xFF);
      }
    }
    return image;
  }

  private static int depth(Row struct) {
    Integer mode = struct.getAs("mode");
    return mode == null || mode < 0 ? 0 : mode & 7;
  }

  /** An image as a struct. */
  public static Row struct(String origin, Image image) {
    int channels = image.channels();
    int size = image.bits() / 8;
    byte[] data = new byte[Math.multiplyExact(image.pixels() * channels, size)];
    for (int c = 0; c < channels; c++) {
      int to = channels >= 3 && c < 3 ? 2 - c : c;
      for (int i = 0; i < image.pixels(); i++) {
        int at = i * channels + to;
        int value = image.sample(c, i);
        data[at * size] = (byte) value;
        if (size == 2) {
          data[2 * at + 1] = (byte) (value >> 8);
        }
      }
    }
    int mode = (size == 2 ? DEPTH_16 : 0) + 8 * (channels - 1);
    return RowFactory.create(origin, image.height(), image.width(), channels, mode, data);
  }

  /**
   * The labelling of a mask, by the rules of the command line: of one channel, whose samples are
   * class ids, or of three or four in the classes' colours. Spark's own reader turns palettes into
   * colours; black is then ignored where there is an ignore id and no class is black, as in the
   * palettes of masks that deepgm writes.
   */
  public static LabelMap mask(Row struct, LabelSet labels) {
    if (struct == null) {
      throw new RecordException(Kind.MISSING_MASK, "Expected a mask in every row, found null");
    }
    return new LabelLookup(withBlack(labels)).map(image(struct), place(struct));
  }

  private static LabelSet withBlack(LabelSet labels) {
    boolean taken =
        labels.ignore() == null
            || labels.classes().stream().anyMatch(c -> c.color() == 0)
            || labels.ignored().colors().contains(0);
    if (taken) {
      return labels;
    }
    List<Integer> colors = new ArrayList<>(labels.ignored().colors());
    colors.add(0);
    return new LabelSet(
        labels.name(),
        labels.classes(),
        new LabelSet.Ignored(labels.ignored().ids(), colors, labels.ignored().transparent()));
  }

  /** A labelling as a mask of class ids. */
  public static Row struct(String origin, LabelMap map, LabelSet labels) {
    return struct(origin, new Image(map.height(), map.width(), 1, labels.bits(), labels.ids(map)));
  }
}
