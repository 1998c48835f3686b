package org.deepgm.prediction;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.FilePairs;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Evaluation;

/** Scores masks that were made before against gold masks of the same relative paths. */
public final class MaskComparison {
  private final SparkSession spark;
  private final Storage storage;
  private final long maxPixels;
  private final LabelSet labels;
  private final List<BadRecord> bad = new ArrayList<>();

  /** A comparison under a label set. */
  public MaskComparison(SparkSession spark, Storage storage, long maxPixels, LabelSet labels) {
    this.spark = spark;
    this.storage = storage;
    this.maxPixels = maxPixels;
    this.labels = labels;
  }

  private record Part(Evaluation evaluation, List<BadRecord> bad) implements Serializable {}

  /** Compares two folders. */
  public Evaluation compare(String predictions, String masks) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    FilePairs files = FilePairs.list(storage, predictions, masks, System.out::println);
    // What predict wrote beside the masks, such as overlays, has no gold mask and is no fault.
    files.bad().stream().filter(b -> !b.kind().equals(Kind.MISSING_MASK.key())).forEach(bad::add);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    LabelSet set = labels;
    long limit = maxPixels;
    Evaluation total = Evaluation.empty(labels.size());
    context.setJobDescription("comparing " + files.pairs().size() + " masks");
    try {
      for (Part part :
          context
              .parallelize(files.pairs(), 2 * context.defaultParallelism())
              .mapPartitions(
                  pairs -> compare(pairs, new Storage(configuration.value().value()), set, limit))
              .collect()) {
        total.merge(part.evaluation());
        bad.addAll(part.bad());
      }
    } finally {
      configuration.destroy();
    }
    return total;
  }

  private static Iterator<Part> compare(
      Iterator<FilePairs.Pair> pairs, Storage storage, LabelSet labels, long maxPixels) {
    Evaluation evaluation = Evaluation.empty(labels.size());
    List<BadRecord> faults = new ArrayList<>();
    ImageDecoder decoder = new ImageDecoder(maxPixels);
    while (pairs.hasNext()) {
      FilePairs.Pair pair = pairs.next();
      try {
        LabelMap predicted = decoder.mask(storage.read(pair.image()), labels, pair.image());
        LabelMap gold = decoder.mask(storage.read(pair.mask()), labels, pair.mask());
        if (predicted.height() != gold.height() || predicted.width() != gold.width()) {
          throw new RecordException(
              Kind.SIZE_MISMATCH,
              pair.image()
                  + ": expected the size of the gold mask, "
                  + gold.height()
                  + " x "
                  + gold.width()
                  + ", found "
                  + predicted.height()
                  + " x "
                  + predicted.width());
        }
        evaluation.field().addMasks(gold, predicted, EvaluationJob.BAND);
        evaluation.images()[0]++;
      } catch (RecordException e) {
        faults.add(new BadRecord(pair.id(), e.kind().key(), e.getMessage()));
      } catch (Storage.UnreadableException e) {
        faults.add(new BadRecord(pair.id(), Kind.UNREADABLE.key(), e.getMessage()));
      }
    }
    return List.of(new Part(evaluation, faults)).iterator();
  }

  /** What could not be compared. */
  public List<BadRecord> bad() {
    return bad;
  }
}
