package org.deepgm.ml;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.Image;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.Decoding;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.TiledSegmenter;
import org.deepgm.task.segmentation.ImageStructs;

/**
 * A trained field as a model of spark.ml. It is saved in the very directory that the command line
 * reads and writes, with spark.ml's {@code metadata/} beside.
 */
public final class FieldSegmenterModel extends Model<FieldSegmenterModel> implements MLWritable {
  private static final long serialVersionUID = 1L;
  private static final int TILE = 768;
  private static final int HALO = 64;

  private final String uid;
  private final SegmentationModel model;
  private final transient TrainingSummary summary;
  private final Param<String> imageCol;
  private final Columns columns;

  FieldSegmenterModel(String uid, SegmentationModel model, TrainingSummary summary) {
    this.uid = uid;
    this.model = model;
    this.summary = summary;
    imageCol = new Param<>(uid, "imageCol", "Column of images, in Spark's image schema.");
    columns = new Columns(uid);
    setDefault(imageCol, "image");
    setDefault(columns.predictionCol(), "prediction");
    setDefault(columns.probabilityCol(), "");
    setDefault(columns.entropyCol(), "");
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public Param<?>[] params() {
    List<Param<?>> all = new ArrayList<>(List.of(imageCol));
    all.addAll(columns.all());
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all.toArray(new Param<?>[0]);
  }

  /** Column of images; default: image. */
  public FieldSegmenterModel setImageCol(String name) {
    set(imageCol, name);
    return this;
  }

  /** Column of masks to add; default: prediction. */
  public FieldSegmenterModel setPredictionCol(String name) {
    set(columns.predictionCol(), name);
    return this;
  }

  /** Column of marginals to add; empty, the default, adds none. */
  public FieldSegmenterModel setProbabilityCol(String name) {
    set(columns.probabilityCol(), name);
    return this;
  }

  /** Column of entropies to add; empty, the default, adds none. */
  public FieldSegmenterModel setEntropyCol(String name) {
    set(columns.entropyCol(), name);
    return this;
  }

  /** The model itself, for use without Spark. */
  public SegmentationModel model() {
    return model;
  }

  /** Whether there is a {@link #summary}: not for a model that was loaded. */
  public boolean hasSummary() {
    return summary != null;
  }

  /** How training went. */
  public TrainingSummary summary() {
    if (summary == null) {
      throw new IllegalStateException("Expected a model that was just trained, found a loaded one");
    }
    return summary;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    SparkImages.check(schema, getOrDefault(imageCol), "images");
    return columns.append(schema, this);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    StructType schema = transformSchema(dataset.schema());
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(dataset.sparkSession().sparkContext());
    Broadcast<SegmentationModel> broadcast = context.broadcast(model);
    Label label =
        new Label(
            broadcast,
            dataset.schema().fieldIndex(getOrDefault(imageCol)),
            !getOrDefault(columns.predictionCol()).isEmpty(),
            !getOrDefault(columns.probabilityCol()).isEmpty(),
            !getOrDefault(columns.entropyCol()).isEmpty());
    return dataset.toDF().mapPartitions(label, Encoders.row(schema));
  }

  private record Label(
      Broadcast<SegmentationModel> model,
      int column,
      boolean prediction,
      boolean probability,
      boolean entropy)
      implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      SegmentationModel field = model.value();
      TiledSegmenter segmenter = new TiledSegmenter(field, side(field), HALO);
      List<Integer> marginals =
          probability ? IntStream.range(0, field.labels().size()).boxed().toList() : List.of();
      TiledSegmenter.Request request =
          new TiledSegmenter.Request(Decoding.MARGINAL, null, marginals, entropy, false, null);
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return rows.hasNext();
        }

        @Override
        public Row next() {
          return label(rows.next(), segmenter, request);
        }
      };
    }

    private Row label(Row row, TiledSegmenter segmenter, TiledSegmenter.Request request) {
      SegmentationModel field = model.value();
      Row struct = row.getStruct(column);
      Image image = ImageStructs.image(struct);
      if (image.channels() != field.spec().channels()) {
        throw new InputException(
            ImageStructs.origin(struct)
                + ": expected "
                + field.spec().channels()
                + " channels as in training, found "
                + image.channels());
      }
      TiledSegmenter.Result result = segmenter.label(image, request);
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        values.add(row.get(i));
      }
      if (prediction) {
        values.add(
            ImageStructs.struct(ImageStructs.origin(struct), result.labels(), field.labels()));
      }
      if (probability) {
        float[] all = new float[image.pixels() * field.labels().size()];
        for (int l = 0; l < field.labels().size(); l++) {
          System.arraycopy(result.marginals().get(l), 0, all, l * image.pixels(), image.pixels());
        }
        values.add(all);
      }
      if (entropy) {
        values.add(result.entropy());
      }
      return RowFactory.create(values.toArray());
    }
  }

  @Override
  public FieldSegmenterModel copy(ParamMap extra) {
    FieldSegmenterModel copied = new FieldSegmenterModel(uid, model, summary);
    copied.setParent(parent());
    return copyValues(copied, extra);
  }

  @Override
  public MLWriter write() {
    return new Writer(this);
  }

  private static final class Writer extends MLWriter {
    private final FieldSegmenterModel instance;

    Writer(FieldSegmenterModel instance) {
      this.instance = instance;
    }

    @Override
    public void saveImpl(String path) {
      SparkSession spark = sparkSession();
      Metadata.write(instance, path, spark);
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      instance.model.encode().forEach((name, bytes) -> storage.write(path + "/" + name, bytes));
    }
  }

  /** Reads models that were saved, and those that {@code train} wrote. */
  public static MLReader<FieldSegmenterModel> read() {
    return new Reader();
  }

  /** Loads a model that was saved, or that {@code train} wrote. */
  public static FieldSegmenterModel load(String path) {
    return read().load(path);
  }

  private static final class Reader extends MLReader<FieldSegmenterModel> {
    @Override
    public FieldSegmenterModel load(String path) {
      SparkSession spark = sparkSession();
      Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
      if (!storage.exists(path + "/" + ModelFiles.DESCRIPTION)) {
        throw new InputException(path + ": expected a model directory, found none");
      }
      SegmentationModel model =
          SegmentationModel.decode(name -> storage.read(path + "/" + name), path);
      String type = FieldSegmenterModel.class.getName();
      if (!storage.exists(path + "/metadata")) {
        // As train wrote it.
        String uid = Identifiable$.MODULE$.randomUID("fieldSegmenter");
        return new FieldSegmenterModel(uid, model, null);
      }
      FieldSegmenterModel loaded =
          new FieldSegmenterModel(Metadata.uid(path, spark, type), model, null);
      Metadata.read(loaded, path, spark, type);
      return loaded;
    }
  }

  /** Models with layers over the whole image label every image whole. */
  private static int side(SegmentationModel field) {
    return field.spec().architecture().needsWhole() ? 0 : TILE;
  }
}
