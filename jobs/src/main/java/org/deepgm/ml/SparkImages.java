package org.deepgm.ml;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.image.LabelLookup;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.task.Tasks;
import org.deepgm.task.segmentation.FieldSettings;
import org.deepgm.task.segmentation.FilePairs;
import org.deepgm.task.segmentation.ImageReading;
import org.deepgm.text.Printed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images and masks in Spark's image schema, which keeps samples pixel by pixel with blue first.
 *
 * <p>Spark itself knows samples of 8 bits. What is read and written here may also have 16, told by
 * the type that OpenCV gives such images ({@code CV_16UC1} is 2), each sample with its low byte
 * first; so masks hold class ids above 255.
 */
public final class SparkImages {
  /** OpenCV's depth of unsigned samples of 16 bits; that of 8 bits is 0. */
  private static final int DEPTH_16 = 2;

  private static final Logger LOG = LoggerFactory.getLogger(SparkImages.class);

  private SparkImages() {}

  /** The schema of an image column: origin, height, width, nChannels, mode, data. */
  static StructType schema() {
    return ImageSchema.columnSchema();
  }

  /**
   * Two folders as one data frame of three columns - their ids, the pictures and the masks -
   * matched and decoded as by the command line: by the paths below the folders without endings, any
   * format and number of channels, turned as they are shown. Masks with a palette keep its indices.
   *
   * @throws InputException if an image or mask has no partner; files that cannot be decoded are
   *     found when the frame is used
   */
  public static Dataset<Row> join(SparkSession spark, String images, String masks) {
    return join(spark, images, masks, BadRecords.FAIL);
  }

  /**
   * The same.
   *
   * @param policy {@link BadRecords#SKIP} leaves out what has no partner or cannot be decoded
   */
  public static Dataset<Row> join(
      SparkSession spark, String images, String masks, BadRecords policy) {
    Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
    FilePairs files = FilePairs.list(storage, images, masks, LOG::info);
    boolean skip = policy == BadRecords.SKIP;
    if (!skip) {
      policy.handle(files.bad(), storage, images);
    } else if (!files.bad().isEmpty()) {
      LOG.warn(
          "{}: left out {} ({}); the first: {}",
          Printed.line(images),
          files.bad().size(),
          BadRecord.summary(files.bad()),
          Printed.line(files.bad().get(0).message()));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    Settings settings = Settings.of(Tasks.all(), Settings.Given.keys(List.of()));
    ImageReading reading = new FieldSettings(settings).reading();
    JavaRDD<Row> rows =
        context
            .parallelize(files.pairs(), Math.max(1, context.defaultParallelism()))
            .flatMap(new Decode(configuration, reading, skip));
    StructType schema =
        new StructType()
            .add("id", DataTypes.StringType, false)
            .add("image", schema(), true)
            .add("mask", schema(), true);
    return spark.createDataFrame(rows, schema);
  }

  private record Decode(
      Broadcast<SerializableConfiguration> configuration, ImageReading reading, boolean skip)
      implements FlatMapFunction<FilePairs.Pair, Row> {
    @Override
    public java.util.Iterator<Row> call(FilePairs.Pair pair) {
      Storage storage = new Storage(configuration.value().value());
      int most = reading.maxBytes();
      try {
        Image image = reading.picture(storage.read(pair.image(), most), pair.image()).image();
        Image mask = reading.values(storage.read(pair.mask(), most), pair.mask());
        Row row =
            RowFactory.create(pair.id(), struct(pair.image(), image), struct(pair.mask(), mask));
        return List.of(row).iterator();
      } catch (RecordException | Storage.UnreadableException e) {
        if (skip) {
          LOG.warn("left out: {}", Printed.line(e.getMessage()));
          return new ArrayList<Row>().iterator();
        }
        throw e;
      }
    }
  }

  /** A column by its name, whatever characters it has. */
  static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** Where an image came from; empty where that is not told. */
  static String origin(Row image) {
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
  static Image image(Row struct) {
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
  static Row struct(String origin, Image image) {
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
  static LabelMap mask(Row struct, LabelSet labels) {
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
  static Row struct(String origin, LabelMap map, LabelSet labels) {
    return struct(origin, new Image(map.height(), map.width(), 1, labels.bits(), labels.ids(map)));
  }

  /** What is wrong with a row, as a bad record. */
  static BadRecord bad(Row image, RecordException e) {
    return BadRecord.of(Objects.requireNonNullElse(origin(image), ""), e);
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
