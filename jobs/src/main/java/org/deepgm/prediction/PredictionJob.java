package org.deepgm.prediction;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Loading;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.text.Printed;

/**
 * Labels a large image set, chunk by chunk: a finished chunk leaves a mark in {@code _chunks} and
 * is not done again. Images are read, labelled and written one by one; bad ones are listed.
 */
public final class PredictionJob {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("height", DataTypes.IntegerType, false)
          .add("width", DataTypes.IntegerType, false)
          .add("bits", DataTypes.IntegerType, false)
          .add("mask", DataTypes.BinaryType, false);

  /**
   * A run of ids, and how to read them.
   *
   * @param identity a checksum over the names of the files and how they are decoded
   * @param versions bytes and time of each file: they change when it is repaired or replaced
   */
  public record Chunk(
      String first,
      String last,
      int count,
      String identity,
      List<String> versions,
      JavaRDD<Loading.Record> records) {}

  /**
   * What was done.
   *
   * @param labelled images labelled now
   * @param before images in chunks finished before
   * @param bad records that could not be labelled
   * @param notes records that were, with something to know about their files
   */
  public record Result(int labelled, int before, List<BadRecord> bad, List<BadRecord> notes) {}

  private final SparkSession spark;
  private final Storage storage;
  private final SegmentationModel model;
  private final PredictionOptions options;
  private final String output;
  private final String fingerprint;

  /** A job that writes below a directory. */
  public PredictionJob(
      SparkSession spark,
      Storage storage,
      SegmentationModel model,
      PredictionOptions options,
      String output) {
    this.spark = spark;
    this.storage = storage;
    this.model = model;
    this.options = options;
    this.output = output;
    fingerprint = fingerprint(model, options);
  }

  private static String fingerprint(SegmentationModel model, PredictionOptions options) {
    try {
      String what = MAPPER.writeValueAsString(options);
      byte[] description = model.encode().get(ModelFiles.DESCRIPTION);
      return ModelFiles.sha256(
          (ModelFiles.sha256(description) + what)
              .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Is told of every chunk. */
  public interface Progress {
    /** A chunk is done, now or before. */
    void onChunk(int chunk, int chunks, int images, boolean before);

    /** Something a person should know. */
    void onMessage(String message);
  }

  /** Labels all chunks that are not done yet. */
  public Result run(List<Chunk> chunks, Progress progress) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<SegmentationModel> broadcast = context.broadcast(model);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    int labelled = 0;
    int before = 0;
    List<BadRecord> bad = new ArrayList<>();
    List<BadRecord> notes = new ArrayList<>();
    try {
      for (int i = 0; i < chunks.size(); i++) {
        Chunk chunk = chunks.get(i);
        String mark = output + "/_chunks/" + String.format(Locale.ROOT, "chunk-%05d.json", i);
        List<BadRecord> found =
            storage.exists(mark) ? readMark(mark, chunk, progress::onMessage) : null;
        boolean done = found != null;
        if (!done) {
          context.setJobDescription("labelling chunk " + (i + 1) + "/" + chunks.size());
          found = label(chunk, i, broadcast, configuration);
          writeMark(mark, chunk, found);
        }
        List<BadRecord> faults = found.stream().filter(b -> !b.readAnyway()).toList();
        bad.addAll(faults);
        found.stream().filter(BadRecord::readAnyway).forEach(notes::add);
        before += done ? chunk.count() : 0;
        labelled += done ? 0 : chunk.count() - faults.size();
        progress.onChunk(i + 1, chunks.size(), chunk.count(), done);
      }
    } finally {
      broadcast.destroy();
      configuration.destroy();
    }
    return new Result(labelled, before, bad, notes);
  }

  private List<BadRecord> label(
      Chunk chunk,
      int index,
      Broadcast<SegmentationModel> broadcast,
      Broadcast<SerializableConfiguration> configuration) {
    if (!options.parquet()) {
      return chunk
          .records()
          .mapPartitions(new WriteFiles(broadcast, configuration, options, output))
          .collect();
    }
    // The rows go to Parquet; the bad records are found by a second, cheap look at the same rows.
    JavaRDD<Labelled> labelled =
        chunk.records().mapPartitions(new Label(broadcast, configuration, options, output));
    labelled.persist(org.apache.spark.storage.StorageLevel.MEMORY_AND_DISK());
    try {
      JavaRDD<Row> rows = labelled.filter(l -> l.row() != null).map(Labelled::row);
      spark
          .createDataFrame(rows, SCHEMA)
          .write()
          .mode(SaveMode.Overwrite)
          .parquet(output + "/" + String.format(Locale.ROOT, "chunk=%05d", index));
      return labelled.flatMap(l -> l.told().iterator()).collect();
    } finally {
      labelled.unpersist();
    }
  }

  private void writeMark(String path, Chunk chunk, List<BadRecord> bad) {
    ChunkMark mark =
        new ChunkMark(
            ChunkMark.VERSION,
            chunk.first(),
            chunk.last(),
            chunk.count(),
            chunk.identity(),
            fingerprint,
            chunk.versions(),
            bad);
    storage.write(path, mark.encode());
  }

  /** What a finished chunk found; null if its images have changed since. */
  private List<BadRecord> readMark(String path, Chunk chunk, Consumer<String> tell) {
    ChunkMark mark = ChunkMark.decode(storage.read(path), path);
    boolean same =
        mark.first().equals(chunk.first())
            && mark.last().equals(chunk.last())
            && mark.count() == chunk.count()
            && mark.images().equals(chunk.identity())
            && mark.options().equals(fingerprint);
    if (!same) {
      throw new InputException(
          path
              + ": expected a chunk of the same images, model and options, found \""
              + mark.first()
              + "\" to \""
              + mark.last()
              + "\" ("
              + mark.count()
              + ") done with others; --overwrite begins again");
    }
    if (options.parquet() && mark.version() < 1) {
      tell.accept(
          "images "
              + Printed.line(chunk.first())
              + " to "
              + Printed.line(chunk.last())
              + ": an earlier deepgm wrote indices of labels where ids belong; this chunk is done"
              + " again");
      return null;
    }
    int changed = changed(mark.versions(), chunk.versions());
    if (changed > 0) {
      tell.accept(
          "images "
              + Printed.line(chunk.first())
              + " to "
              + Printed.line(chunk.last())
              + ": "
              + (chunk.versions().size() == chunk.count() ? changed + " changed" : "changed")
              + " since they were labelled; this chunk is done again");
      return null;
    }
    return mark.bad();
  }

  /** Files whose bytes or time are others now; marks of earlier versions of deepgm know none. */
  private static int changed(List<String> marked, List<String> versions) {
    if (marked == null) {
      return 0;
    }
    int changed = Math.abs(marked.size() - versions.size());
    for (int i = 0; i < Math.min(marked.size(), versions.size()); i++) {
      changed += marked.get(i).equals(versions.get(i)) ? 0 : 1;
    }
    return changed;
  }

  private record WriteFiles(
      Broadcast<SegmentationModel> model,
      Broadcast<SerializableConfiguration> configuration,
      PredictionOptions options,
      String output)
      implements FlatMapFunction<Iterator<Loading.Record>, BadRecord> {
    @Override
    public Iterator<BadRecord> call(Iterator<Loading.Record> records) {
      ImagePredictor predictor = new ImagePredictor(model.value(), options);
      Storage storage = new Storage(configuration.value().value());
      List<BadRecord> bad = new ArrayList<>();
      while (records.hasNext()) {
        Loading.Record record = records.next();
        if (record.bad() != null) {
          bad.add(record.bad());
          continue;
        }
        Example example = record.example();
        try {
          LabelMap map = predictor.label(example);
          ImagePredictor.write(storage, output, predictor.pictures(example, map));
          ImagePredictor.write(storage, output, List.of(predictor.mask(example, map)));
          if (record.note() != null) {
            bad.add(record.note());
          }
        } catch (RecordException e) {
          bad.add(BadRecord.of(example.id(), e));
        }
      }
      return bad.iterator();
    }
  }

  /** A row, or none, and what is to be told of it. */
  private record Labelled(Row row, List<BadRecord> told) implements Serializable {}

  private record Label(
      Broadcast<SegmentationModel> model,
      Broadcast<SerializableConfiguration> configuration,
      PredictionOptions options,
      String output)
      implements FlatMapFunction<Iterator<Loading.Record>, Labelled> {
    @Override
    public Iterator<Labelled> call(Iterator<Loading.Record> records) {
      ImagePredictor predictor = new ImagePredictor(model.value(), options);
      Storage storage = new Storage(configuration.value().value());
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return records.hasNext();
        }

        @Override
        public Labelled next() {
          Loading.Record record = records.next();
          if (record.bad() != null) {
            return new Labelled(null, List.of(record.bad()));
          }
          Example example = record.example();
          try {
            LabelMap map = predictor.label(example);
            ImagePredictor.write(storage, output, predictor.pictures(example, map));
            LabelSet labels = model.value().labels();
            Row row =
                RowFactory.create(
                    example.id(), map.height(), map.width(), labels.bits(), labels.ids(map));
            return new Labelled(row, record.note() == null ? List.of() : List.of(record.note()));
          } catch (RecordException e) {
            return new Labelled(null, List.of(BadRecord.of(example.id(), e)));
          }
        }
      };
    }
  }
}
