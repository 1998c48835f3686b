package org.deepgm.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deepgm.cky.Grammar;
import org.deepgm.cky.GrammarCky;
import org.deepgm.cky.GrammarScores;
import org.deepgm.cky.SpanCky;
import org.deepgm.cky.SpanPlanes;
import org.deepgm.cky.SpanScores;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.field.grid.Offset;
import org.deepgm.math.Kernels;
import org.deepgm.math.RandomStream;
import org.deepgm.network.LayerSpec;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.structure.Objective;

/**
 * How the loss and gradient of one image grow with its pixels, labels, offsets and parameters, and
 * the marginals of one sentence with its words, one thread: lines {@code axis,value,milliseconds},
 * the fastest of some runs. For {@code scripts/growth}.
 */
final class Growth {
  private static final int RUNS = 7;

  private Growth() {}

  /** Prints all axes. */
  public static void main(String[] args) {
    sentences();
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

  /** ln Z and all marginals of one sentence, 30 labels, and 3000 rules over them. */
  private static void sentences() {
    RandomStream random = RandomStream.of(1);
    List<Grammar.Rule> rules = new ArrayList<>();
    for (int r = 0; r < 27_000; r += 9) {
      rules.add(new Grammar.Rule(r / 900, r / 30 % 30, r % 30));
    }
    Grammar grammar = new Grammar(30, rules);
    // The first is for the compiler.
    for (int n : new int[] {60, 10, 20, 40, 80, 160, 300}) {
      double[] scores = new double[n * (n + 1) * 30];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = random.nextGaussian();
      }
      SpanScores spans = new SpanScores(n, 30, scores);
      SpanPlanes planes = SpanPlanes.zeros(n, 30);
      for (int i = 0; i < planes.values().length; i++) {
        planes.values()[i] = (float) random.nextGaussian();
      }
      SpanCky chart = new SpanCky();
      double free = fastest(() -> chart.infer(planes), n > 100 ? RUNS : n == 60 ? 4000 : 300);
      GrammarScores ruled = new GrammarScores(grammar, spans, new double[rules.size()]);
      GrammarCky ruledChart = new GrammarCky();
      double byRules = fastest(() -> ruledChart.infer(ruled), n > 100 ? 3 : 60);
      if (n != 60) {
        print("words", n, free);
        print("words under rules", n, byRules);
      }
    }
  }

  private static double fastest(Runnable work, int runs) {
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < runs; i++) {
      long begin = System.nanoTime();
      work.run();
      best = Math.min(best, (System.nanoTime() - begin) / 1e6);
    }
    return best;
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
