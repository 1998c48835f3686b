package org.deepgm.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deepgm.field.InferenceOptions;
import org.deepgm.field.InferenceOptions.Schedule;
import org.deepgm.field.Offset;
import org.deepgm.math.Kernels;
import org.deepgm.network.LayerSpec;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.structure.Objective;

/**
 * How the loss and gradient of one image grow with its pixels, labels, offsets and parameters, one
 * thread: lines {@code axis,value,milliseconds}, the fastest of some runs. For {@code
 * scripts/growth}.
 */
final class Growth {
  private static final int RUNS = 7;

  private Growth() {}

  /** Prints all axes. */
  public static void main(String[] args) {
    for (int side : new int[] {60, 120, 240, 480, 960}) {
      print("pixels", side * side, time(side, side, 12, 4, List.of()));
    }
    for (int labels : new int[] {2, 4, 8, 16, 32, 64}) {
      print("labels", labels, time(180, 240, labels, 4, List.of()));
    }
    for (int offsets : new int[] {1, 2, 4, 8, 16}) {
      print("offsets", offsets, time(180, 240, 12, offsets, List.of()));
    }
    for (int channels : new int[] {8, 16, 32, 64}) {
      List<LayerSpec> layers =
          List.of(new LayerSpec(channels, 3, 1, false), new LayerSpec(channels, 3, 1, false));
      int parameters = spec(12, 0, layers).layOut().length();
      print("parameters", parameters, time(180, 240, 12, 0, layers));
    }
  }

  private static void print(String axis, int value, double took) {
    System.out.printf(Locale.ROOT, "%s,%d,%.3f%n", axis, value, took);
  }

  private static SegmentationSpec spec(int labels, int offsets, List<LayerSpec> layers) {
    List<Offset> near = new ArrayList<>();
    for (int i = 0; i < offsets; i++) {
      Offset one = Workloads.NEAR.get(i % 4);
      near.add(new Offset(one.dy() << i / 4, one.dx() << i / 4));
    }
    return new SegmentationSpec(
        labels,
        3,
        SegmentationSpec.Features.COLOR,
        1,
        true,
        layers,
        0,
        near,
        true,
        false,
        1,
        new InferenceOptions(Schedule.PARALLEL, 0, 5, 0));
  }

  private static double time(
      int height, int width, int labels, int offsets, List<LayerSpec> layers) {
    SegmentationSpec spec = spec(labels, offsets, layers);
    Example example = Workloads.example(height, width, labels);
    Objective.Worker<Example> worker = Workloads.objective(spec).worker(Kernels.best());
    float[] parameters = Workloads.parameters(spec);
    worker.load(parameters);
    double[] gradient = new double[parameters.length];
    double best = Double.POSITIVE_INFINITY;
    for (int run = -RUNS; run < RUNS; run++) {
      long begin = System.nanoTime();
      worker.addGradient(example, 0, gradient);
      double took = (System.nanoTime() - begin) / 1e6;
      best = run < 0 ? best : Math.min(best, took);
    }
    return best;
  }
}
