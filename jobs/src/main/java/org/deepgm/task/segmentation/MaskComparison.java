package org.deepgm.task.segmentation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.task.Scored;
import org.deepgm.task.Setup;

/** Scores masks that were made before against gold masks of the same relative paths. */
final class MaskComparison {
  private record Part(FieldScores scores, List<BadRecord> bad) implements Serializable {}

  private MaskComparison() {}

  /** Compares two folders. */
  static Scored<FieldScores> compare(
      Setup setup, String predictions, String masks, LabelSet labels, long maxPixels) {
    JavaSparkContext context = setup.context();
    FilePairs files = FilePairs.list(setup.storage(), predictions, masks, setup.tell());
    // What predict wrote beside the masks, such as overlays, has no gold mask and is no fault.
    List<BadRecord> bad = new ArrayList<>();
    files.bad().stream().filter(b -> !b.kind().equals(Kind.MISSING_MASK.key())).forEach(bad::add);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(setup.spark().sparkContext().hadoopConfiguration()));
    FieldScores total = new FieldScores(labels, true);
    context.setJobDescription("comparing " + files.pairs().size() + " masks");
    try {
      for (Part part :
          FilePairs.spread(context, files.pairs(), setup.partitions())
              .mapPartitions(
                  pairs ->
                      compare(pairs, new Storage(configuration.value().value()), labels, maxPixels))
              .collect()) {
        total.merge(part.scores());
        bad.addAll(part.bad());
      }
    } finally {
      configuration.destroy();
    }
    if (total.count() == 0 && bad.isEmpty()) {
      throw new InputException(
          predictions + ": expected masks named as those in " + masks + ", found none");
    }
    return new Scored<>(total, bad, List.of());
  }

  private static Iterator<Part> compare(
      Iterator<FilePairs.Pair> pairs, Storage storage, LabelSet labels, long maxPixels) {
    FieldScores scores = new FieldScores(labels, true);
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
        scores.evaluation().field().addMasks(gold, predicted, FieldScores.BAND);
        scores.evaluation().images()[0]++;
      } catch (RecordException e) {
        faults.add(new BadRecord(pair.id(), e.kind().key(), e.getMessage()));
      } catch (Storage.UnreadableException e) {
        faults.add(new BadRecord(pair.id(), Kind.UNREADABLE.key(), e.getMessage()));
      }
    }
    return List.of(new Part(scores, faults)).iterator();
  }
}
