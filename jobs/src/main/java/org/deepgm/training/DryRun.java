package org.deepgm.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.TrainingData;
import org.deepgm.image.LabelSet;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.network.LayerSpec;
import org.deepgm.segmentation.Learning;
import org.deepgm.segmentation.SegmentationSpec;

/**
 * What a training run would do, and what it needs: told before an hour is spent. Everything was
 * read as the run itself reads it.
 */
final class DryRun {
  private static final double MEGA = 1 << 20;

  private final SegmentationSpec spec;
  private final LabelSet labels;
  private final TrainingOptions options;
  private final Learning learning;

  DryRun(SegmentationSpec spec, LabelSet labels, TrainingOptions options, Learning learning) {
    this.spec = spec;
    this.labels = labels;
    this.options = options;
    this.learning = learning;
  }

  /** Lines for people. */
  List<String> lines(TrainingData data, TrainingData held, int crop, int partitions) {
    List<String> lines = new ArrayList<>();
    int parameters = spec.layOut().length();
    int batch = Math.min(options.batch(), data.count());
    int perEpoch = (data.count() + batch - 1) / batch;
    int steps = options.totalSteps(perEpoch);
    lines.add(
        line(
            "%d images of %d channels, the largest of %d pixels; %d to validate on",
            data.count(), data.channels(), data.largest(), held == null ? 0 : held.count()));
    List<BadRecord> bad = new ArrayList<>(data.bad());
    if (held != null) {
      bad.addAll(held.bad());
    }
    if (!bad.isEmpty()) {
      lines.add(line("%d records left out: %s", bad.size(), BadRecord.summary(bad)));
    }
    if (!data.notes().isEmpty()) {
      lines.add(BadRecord.notes(data.notes()));
    }
    double total = 0;
    for (long pixels : data.labelPixels()) {
      total += pixels;
    }
    for (int l = 0; l < labels.size(); l++) {
      double share = total == 0 ? 0 : 100 * data.labelPixels()[l] / total;
      String name = labels.classes().get(l).name();
      lines.add(line("  %-20s %5.1f %% of the labelled pixels", name, share));
      if (data.labelPixels()[l] == 0) {
        lines.add(line("  (no pixel is labelled %s: it cannot be learned)", name));
      }
    }
    lines.add(
        line(
            "%d parameters; %d steps of %d images, %.1f epochs, by the objective %s",
            parameters,
            steps,
            batch,
            (double) steps / perEpoch,
            learning.objective().name().toLowerCase(Locale.ROOT).replace('_', '-')));
    lines.add(line("a task needs about %.0f MB for its image", task(data.largest(), crop) / MEGA));
    lines.add(
        line(
            "the images take about %.0f MB in %d partitions, kept in memory by all executors together",
            cached(data) / MEGA, partitions));
    lines.add(
        line(
            "the driver needs about %.0f MB for parameters, optimiser and sums",
            (parameters * (4.0 * 4 + 8.0 * 3) + 8.0 * parameters * partitions) / MEGA));
    lines.add("nothing was trained or written");
    return lines;
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static double cached(TrainingData data) {
    // Samples and labels of the largest image stand for all: sizes of a set are mostly alike.
    return (double) data.count() * data.largest() * (data.channels() * (data.bits() / 8.0) + 1);
  }

  /** Bytes of the planes of one image: inputs, layers, scores, edges, inference and what learns. */
  double task(int pixels, int crop) {
    int side = (int) Math.ceil(Math.sqrt(pixels));
    side = crop > 0 ? Math.min(side, crop) : side;
    double plane = 4.0 * PlaneLayout.of(side, side, spec.padRows(), spec.padColumns()).planeSize();
    int sets = PackedWeights.planes(spec.labels() + spec.edgeChannels());
    double planes = 2.0 * spec.inputs();
    int widest = 0;
    for (LayerSpec layer : spec.layers()) {
      planes += PackedWeights.planes(layer.channels());
      widest = Math.max(widest, layer.channels());
    }
    planes += 2.0 * PackedWeights.planes(Math.max(widest, spec.layers().isEmpty() ? 0 : 4));
    planes += 2.0 * spec.offsets().size() * spec.planeFeatures();
    boolean unrolled = learning.objective() == Learning.Objective.MARGINAL;
    int kept = spec.offsets().isEmpty() ? 4 : unrolled ? 8 + spec.inference().sweeps() : 7;
    return plane * (planes + kept * sets);
  }
}
