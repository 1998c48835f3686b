package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Engine;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.field.grid.Offset;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.RandomStream;
import org.deepgm.network.LayerSpec;
import org.deepgm.network.ParameterLayout;
import org.deepgm.segmentation.SegmentationSpec.Features;
import org.deepgm.structure.Objective;
import org.deepgm.structure.Objective.Worker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentationObjectiveTest {
  private static final List<Offset> OFFSETS =
      List.of(new Offset(0, 1), new Offset(1, 0), new Offset(1, -2));

  /** Tight, so that the marginals are stationary and minus gold is the gradient of the loss. */
  private static final InferenceOptions TIGHT =
      new InferenceOptions(Schedule.COLORED, 0.5, 400, 1e-7);

  private static final float[] STEPS = {1f / 128, 1f / 1024, 1f / 8192};

  static SegmentationSpec spec(int labels, boolean linear, boolean field) {
    return new SegmentationSpec(
        labels,
        3,
        linear ? Features.FILTER_BANK : Features.COLOR,
        2,
        true,
        linear
            ? List.of()
            : List.of(
                new LayerSpec(4, 3, 1, false),
                new LayerSpec(4, 3, 2, true),
                new LayerSpec(5, 1, 1, false)),
        field && !linear ? 2 : 0,
        field ? OFFSETS : List.of(),
        true,
        true,
        1,
        TIGHT);
  }

  static Example example(int seed, int height, int width, int labels, double hidden) {
    RandomStream random = RandomStream.of(seed);
    Image image = Image.blank(height, width, 3, 8);
    byte[] gold = new byte[height * width];
    for (int i = 0; i < gold.length; i++) {
      for (int c = 0; c < 3; c++) {
        image.set(c, i, random.nextInt(256));
      }
      gold[i] = (byte) (random.nextDouble() < hidden ? LabelMap.IGNORE : random.nextInt(labels));
    }
    return new Example("case-" + seed, image, new LabelMap(height, width, gold));
  }

  static float[] parameters(SegmentationSpec spec, int seed) {
    double[] frequencies = new double[spec.labels()];
    Arrays.fill(frequencies, 1.0 / spec.labels());
    float[] p = Scorer.initialize(spec, frequencies, seed);
    RandomStream random = RandomStream.of(seed, 7);
    for (int i = 0; i < p.length; i++) {
      p[i] += (float) random.uniform(-0.15, 0.15);
    }
    return p;
  }

  static SegmentationObjective objective(SegmentationSpec spec, float cost) {
    float[] costs = new float[spec.labels()];
    for (int l = 0; l < costs.length; l++) {
      costs[l] = cost * l;
    }
    return new SegmentationObjective(
        spec, InputTables.identity(spec.inputs()), Augmentation.none(), costs, Learning.LIKELIHOOD);
  }

  @ParameterizedTest
  @CsvSource({
    "true,  true,  6, 7, 3, 0.0, 0",
    "true,  true,  5, 6, 3, 0.3, 0",
    "false, true,  6, 7, 3, 0.3, 0",
    "false, true,  5, 5, 2, 0.0, 0.7",
    "false, true,  1, 9, 3, 0.2, 0.5",
    "false, true,  9, 1, 3, 0.2, 0",
    "false, false, 6, 6, 4, 0.3, 0.5",
    "true,  true,  1, 1, 3, 0.0, 0",
  })
  void gradientIsTheDerivativeOfTheLoss(
      boolean linear, boolean field, int height, int width, int labels, double hidden, float cost) {
    SegmentationSpec spec = spec(labels, linear, field);
    Example example = example(11, height, width, labels, hidden);
    checkGradient(objective(spec, cost).worker(), parameters(spec, 3), example);
  }

  private static void checkGradient(Worker<Example> worker, float[] p, Example example) {
    double[] gradient = new double[p.length];
    worker.load(p);
    worker.addGradient(example, 0, gradient);
    double largest = 0;
    for (double g : gradient) {
      largest = Math.max(largest, Math.abs(g));
    }
    assertTrue(largest > 0.1, "a gradient that says something: " + largest);
    for (int i = 0; i < p.length; i += 1 + p.length / 200) {
      // A step may cross the kink of a ReLU, and a short one drowns in single precision: the
      // derivative has to agree with the difference at one of the steps. A wrong one never does.
      double best = Double.POSITIVE_INFINITY;
      for (float step : STEPS) {
        double up = loss(worker, p, i, step, example);
        double down = loss(worker, p, i, -step, example);
        best = Math.min(best, Math.abs((up - down) / (2 * step) - gradient[i]));
      }
      assertEquals(0, best, 0.004 * largest + 0.005, "parameter " + i);
    }
  }

  /** Every objective and engine, with hidden pixels and costs where it takes them. */
  @ParameterizedTest
  @CsvSource({
    "MARGINAL,          MEAN_FIELD,         0.0, 0.0, 0",
    "MARGINAL,          MEAN_FIELD,         0.5, 0.3, 0.5",
    "MARGINAL,          MEAN_FIELD,         0.0, 0.3, 0",
    "PSEUDO_LIKELIHOOD, MEAN_FIELD,         0.0, 0.3, 0.5",
    "LIKELIHOOD,        BELIEF_PROPAGATION, 0.3, 0.3, 0.5",
    "LIKELIHOOD,        TREE_REWEIGHTED,    0.0, 0.3, 0.5",
    "LIKELIHOOD,        ELIMINATION,        0.0, 0.3, 0.5",
  })
  void everyObjectiveIsTheDerivativeOfItsLoss(
      Learning.Objective kind, Engine engine, double damping, double hidden, float cost) {
    boolean unrolled = kind == Learning.Objective.MARGINAL;
    InferenceOptions inference =
        new InferenceOptions(
            engine,
            unrolled ? Schedule.PARALLEL : Schedule.COLORED,
            damping,
            unrolled ? 4 : 2000,
            unrolled ? 0 : 1e-6);
    for (boolean linear : new boolean[] {false, true}) {
      SegmentationSpec shape = spec(3, linear, true);
      SegmentationSpec spec =
          new SegmentationSpec(
              3,
              3,
              shape.features(),
              2,
              true,
              shape.layers(),
              shape.edgeChannels(),
              OFFSETS,
              true,
              true,
              1,
              inference);
      SegmentationObjective plain = objective(spec, cost);
      SegmentationObjective objective =
          new SegmentationObjective(
              spec, plain.tables(), plain.augmentation(), plain.costs(), new Learning(kind, 1, 0));
      Worker<Example> worker = objective.worker();
      // Weak couplings: the approximate engines converge.
      float[] p = parameters(spec, 3);
      for (int i = spec.layOut().slice("field.weight").offset(); i < p.length; i++) {
        p[i] *= 0.5f;
      }
      checkGradient(worker, p, example(11, 5, 4, 3, hidden));
    }
  }

  /** Weights and smoothing, with a field and of a scorer alone, and edges of an early layer. */
  @ParameterizedTest
  @CsvSource({
    "MARGINAL, true, 0.1, 0",
    "MARGINAL, false, 0, 0",
    "LIKELIHOOD, false, 0.2, 0",
    "MARGINAL, true, 0.1, 0.5",
    "MARGINAL, true, 0, 1",
    "LIKELIHOOD, false, 0, 0.3"
  })
  void weightedLossesAndEarlyEdgesHaveTheirDerivative(
      Learning.Objective kind, boolean field, double smoothing, double overlap) {
    SegmentationSpec shape = spec(3, false, field);
    List<LayerSpec> layers = new java.util.ArrayList<>(shape.layers());
    layers.set(
        0,
        new LayerSpec(
            4, 3, 1, false, "early", 1, 1, null, null, null, false, null, 0, 0, null, 0, 0.1));
    SegmentationSpec spec =
        new SegmentationSpec(
            3,
            3,
            shape.features(),
            2,
            true,
            layers,
            shape.edgeChannels(),
            shape.offsets(),
            true,
            true,
            1,
            new InferenceOptions(Schedule.PARALLEL, 0, 3, 0),
            Texture.NONE,
            field ? "early" : null);
    Targets targets = new Targets(new float[] {0.5f, 2, 1}, smoothing, overlap);
    SegmentationObjective plain = objective(spec, 0);
    SegmentationObjective objective =
        new SegmentationObjective(
            spec,
            plain.tables(),
            plain.augmentation(),
            plain.costs(),
            new Learning(kind, 1, 0, 5, targets));
    Example example = example(11, 5, 4, 3, 0.3);
    float[] p = parameters(spec, 3);
    checkGradient(objective.worker(), p, example);
    assertEquals(5, objective.restingSteps("field.weight"));
    assertEquals(5, objective.restingSteps("edge.bias"));
    assertEquals(0, objective.restingSteps("layer1.weight"));
    if (!field) {
      // The loss is the weighted sum of each pixel's, and the overlap's as of so many pixels.
      Segmenter segmenter = new Segmenter(spec, plain.tables(), p);
      segmenter.infer(example.image());
      double expected = 0;
      for (int i = 0; i < 20; i++) {
        int y = example.labels().label(i);
        for (int l = 0; l < 3 && y != LabelMap.IGNORE; l++) {
          double wanted = (l == y ? 1 - smoothing : 0) + smoothing / 3;
          expected -= targets.weight(y) * wanted * Math.log(segmenter.marginal(l)[i]);
        }
      }
      expected *= 1 - overlap;
      LabelMap gold = example.labels();
      double surrogate = OverlapLossTest.expected((l, n) -> segmenter.marginal(l)[n], gold, 3);
      expected += overlap * gold.labelled() * surrogate;
      Worker<Example> worker = objective.worker();
      worker.load(p);
      double loss = worker.addGradient(example, 0, new double[p.length]).loss();
      assertEquals(expected, loss, 1e-4 * expected);
    }
  }

  /** While the field rests at 0, the scorer alone is learned, as if there were no field. */
  @ParameterizedTest
  @EnumSource(Learning.Objective.class)
  void aRestingFieldOfZerosIsNotInferred(Learning.Objective kind) {
    SegmentationSpec spec = spec(3, false, true);
    SegmentationObjective field = objective(spec, 0.5f);
    Worker<Example> worker =
        new SegmentationObjective(
                spec,
                field.tables(),
                field.augmentation(),
                field.costs(),
                new Learning(kind, 1, 0, 5, Targets.GOLD))
            .worker();
    float[] p = parameters(spec, 3);
    ParameterLayout layout = spec.layOut();
    ParameterLayout.Slice couplings = layout.slice("field.weight");
    Arrays.fill(p, couplings.offset(), couplings.offset() + couplings.length(), 0f);

    SegmentationSpec bare = spec(3, false, false);
    float[] q = new float[bare.layOut().length()];
    for (ParameterLayout.Slice to : bare.layOut().slices()) {
      System.arraycopy(p, layout.slice(to.name()).offset(), q, to.offset(), to.length());
    }
    Worker<Example> alone = objective(bare, 0.5f).worker();
    Example example = example(11, 5, 4, 3, 0.3);
    alone.load(q);
    double[] expected = new double[q.length];
    double loss = alone.addGradient(example, 0, expected).loss();

    // What an image with a field left behind is not taken for this one's.
    worker.load(parameters(spec, 4), 4);
    worker.addGradient(example, 0, new double[p.length]);
    worker.load(p, 4);
    double[] found = new double[p.length];
    assertEquals(loss, worker.addGradient(example, 0, found).loss(), 1e-6 * loss);
    for (ParameterLayout.Slice of : layout.slices()) {
      boolean edge = of.name().startsWith("field.") || of.name().startsWith("edge.");
      int shared = edge ? 0 : bare.layOut().slice(of.name()).length();
      for (int i = 0; i < of.length(); i++) {
        double e = i < shared ? expected[bare.layOut().slice(of.name()).offset() + i] : 0;
        assertEquals(e, found[of.offset() + i], 1e-4, of.name() + " " + i);
      }
    }
    // From the fifth step on, and at couplings that are not 0, the field is inferred.
    for (int step : new int[] {5, 4}) {
      p[couplings.offset()] = step == 4 ? 0.5f : 0f;
      worker.load(p, step);
      Arrays.fill(found, 0);
      worker.addGradient(example, 0, found);
      double moved = 0;
      for (int i = 0; i < couplings.length(); i++) {
        moved += Math.abs(found[couplings.offset() + i]);
      }
      assertTrue(moved > 1e-3, "gradient of couplings at step " + step + ": " + moved);
    }
  }

  /** After so many steps it is as if the others had never been there, nor costs. */
  @Test
  void spreadLabelsCountForSomeSteps() {
    SegmentationSpec spec = spec(3, false, true);
    SegmentationObjective all = objective(spec, 0.5f);
    SegmentationObjective few = objective(spec, 0);
    Worker<Example> worker =
        new SegmentationObjective(
                spec,
                all.tables(),
                all.augmentation(),
                all.costs(),
                all.learning(),
                new SegmentationObjective.Phases(3, 0))
            .worker();
    float[] p = parameters(spec, 3);
    Example whole = example(11, 5, 4, 3, 0);
    byte[] labels = whole.labels().labels().clone();
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 4 == 0 ? labels[i] : (byte) LabelMap.IGNORE;
    }
    LabelMap given = new LabelMap(5, 4, labels);
    Example spread = new Example(whole.id(), whole.image(), whole.labels(), given);
    // Back again, too: a worker serves what it is given.
    for (int step : new int[] {2, 3, 2, 99}) {
      Worker<Example> other = (step < 3 ? all : few).worker();
      other.load(p);
      double[] expected = new double[p.length];
      Example same = new Example(whole.id(), whole.image(), step < 3 ? whole.labels() : given);
      Objective.Outcome outcome = other.addGradient(same, 0, expected);
      worker.load(p, step);
      double[] found = new double[p.length];
      Objective.Outcome of = worker.addGradient(spread, 0, found);
      assertEquals(outcome.loss(), of.loss(), "step " + step);
      assertEquals(step < 3 ? 20 : 5, of.units(), "step " + step);
      assertArrayEquals(expected, found, "step " + step);
    }
  }

  /** The first phase ends with the earlier of both: never is there neither cost nor overlap. */
  @Test
  void costStepsEndWithSpreadSteps() {
    SegmentationSpec spec = spec(3, false, true);
    SegmentationObjective all = objective(spec, 0.5f);
    Targets targets = new Targets(new float[0], 0, 0.5);
    Learning learning = new Learning(Learning.Objective.MARGINAL, 1, 0, 0, targets);
    float[] p = parameters(spec, 3);
    Example example = example(11, 5, 4, 3, 0.2);
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      Worker<Example> worker =
          new SegmentationObjective(
                  spec,
                  all.tables(),
                  all.augmentation(),
                  i == 0 ? all.costs() : new float[3],
                  learning,
                  i == 0
                      ? new SegmentationObjective.Phases(3, 6)
                      : SegmentationObjective.Phases.ONE)
              .worker();
      worker.load(p, 4);
      losses[i] = worker.addGradient(example, 0, new double[p.length]).loss();
    }
    assertEquals(losses[1], losses[0]);
  }

  /** Costs first, then weights, for nodes that are alone and for the field. */
  @ParameterizedTest
  @CsvSource({
    "0, true, 0.1, 0",
    "9, true, 0, 0",
    "5, true, 0, 0.5",
    "0, false, 0, 0",
    "0, true, 0, 0.5"
  })
  void balanceAndOverlapCountAfterCosts(
      int fieldAfter, boolean field, double smoothing, double overlap) {
    SegmentationSpec spec = spec(3, false, field);
    SegmentationObjective costly = objective(spec, 0.5f);
    Targets weights = new Targets(new float[] {0.5f, 1, 3}, smoothing, overlap);
    Targets alike = new Targets(new float[0], smoothing);
    Worker<Example> worker =
        new SegmentationObjective(
                spec,
                costly.tables(),
                costly.augmentation(),
                costly.costs(),
                new Learning(Learning.Objective.MARGINAL, 1, 0, fieldAfter, weights),
                new SegmentationObjective.Phases(0, 3))
            .worker();
    float[] p = parameters(spec, 3);
    if (field) {
      ParameterLayout.Slice couplings = spec.layOut().slice("field.weight");
      Arrays.fill(p, couplings.offset(), couplings.offset() + couplings.length(), 0f);
    }
    Example example = example(11, 5, 4, 3, 0.2);
    double before = 0;
    for (int step : new int[] {2, 3, 2, 8}) {
      Worker<Example> other =
          new SegmentationObjective(
                  spec,
                  costly.tables(),
                  costly.augmentation(),
                  step < 3 ? costly.costs() : new float[3],
                  new Learning(
                      Learning.Objective.MARGINAL, 1, 0, fieldAfter, step < 3 ? alike : weights))
              .worker();
      other.load(p, step);
      double[] expected = new double[p.length];
      Objective.Outcome outcome = other.addGradient(example, 0, expected);
      worker.load(p, step);
      double[] found = new double[p.length];
      assertEquals(outcome.loss(), worker.addGradient(example, 0, found).loss(), "step " + step);
      assertArrayEquals(expected, found, "step " + step);
      assertTrue(step == 8 || outcome.loss() != before, "step " + step);
      before = outcome.loss();
    }
  }

  @Test
  void medianBalancingWeighsByFrequency() {
    float[] weights = Targets.balanced(new double[] {0.5, 0, 0.1, 0.4});
    assertArrayEquals(new float[] {0.8f, 1, 4, 1}, weights, 1e-6f);
    assertThrows(IllegalArgumentException.class, () -> new Targets(weights, 1));
    assertThrows(IllegalArgumentException.class, () -> new Targets(weights, 0, 1.1));
    assertThrows(IllegalArgumentException.class, () -> new Targets(weights, 0, Double.NaN));
  }

  /** The mean over seeds of many sweeps from the gold labelling is the exact gradient. */
  @Test
  void contrastiveDivergenceOfManySweepsEstimatesTheLikelihoodGradient() {
    InferenceOptions exact = TIGHT.with(Engine.ELIMINATION);
    SegmentationSpec spec =
        new SegmentationSpec(
            2, 3, Features.COLOR, 1, false, List.of(), 0, OFFSETS, true, true, 1, exact);
    SegmentationObjective likelihood = objective(spec, 0.5f);
    Learning cd = new Learning(Learning.Objective.CONTRASTIVE_DIVERGENCE, 25, 0);
    SegmentationObjective sampled =
        new SegmentationObjective(
            spec, likelihood.tables(), Augmentation.none(), likelihood.costs(), cd);
    float[] p = parameters(spec, 3);
    Example example = example(4, 3, 4, 2, 0.3);
    double[] expected = new double[p.length];
    Worker<Example> worker = likelihood.worker();
    worker.load(p);
    worker.addGradient(example, 0, expected);
    Worker<Example> sampler = sampled.worker();
    sampler.load(p);
    int draws = 4000;
    double[] sum = new double[p.length];
    double[] square = new double[p.length];
    for (int i = 0; i < draws; i++) {
      double[] one = new double[p.length];
      sampler.addGradient(example, i, one);
      for (int j = 0; j < one.length; j++) {
        sum[j] += one[j] / draws;
        square[j] += one[j] * one[j] / draws;
      }
    }
    for (int j = 0; j < sum.length; j++) {
      double error = Math.sqrt(Math.max(0, square[j] - sum[j] * sum[j]) / draws);
      // Five standard errors; 25 sweeps leave next to nothing of the start.
      assertEquals(expected[j], sum[j], 5 * error + 0.005, "parameter " + j);
    }
  }

  private static double loss(
      Worker<Example> worker, float[] p, int i, float step, Example example) {
    float[] moved = p.clone();
    moved[i] += step;
    worker.load(moved);
    return worker.addGradient(example, 0, new double[p.length]).loss();
  }

  @Test
  void anIgnoredImageHasNoLossAndNoGradient() {
    SegmentationSpec spec = spec(3, false, true);
    Worker<Example> worker = objective(spec, 1).worker();
    float[] p = parameters(spec, 1);
    double[] gradient = new double[p.length];
    worker.load(p);
    Objective.Outcome outcome = worker.addGradient(example(2, 6, 6, 3, 1.1), 0, gradient);
    assertEquals(0, outcome.loss());
    assertEquals(0, outcome.units());
    assertArrayEquals(new double[p.length], gradient);
  }

  @Test
  void oneLabelHasNoLoss() {
    SegmentationSpec spec = spec(1, true, true);
    Worker<Example> worker = objective(spec, 0).worker();
    float[] p = parameters(spec, 1);
    double[] gradient = new double[p.length];
    worker.load(p);
    Objective.Outcome outcome = worker.addGradient(example(2, 6, 6, 1, 0.2), 0, gradient);
    assertEquals(0, outcome.loss(), 1e-6);
    assertArrayEquals(new double[p.length], gradient, 1e-4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void kernelsAgreeToTheBitAndMemoryOfOtherSizesDoesNotShow(boolean linear) {
    SegmentationSpec spec = spec(3, linear, true);
    float[] p = parameters(spec, 5);
    Worker<Example> a = objective(spec, 0.5f).worker(Kernels.best());
    Worker<Example> b = objective(spec, 0.5f).worker(Kernels.plain());
    a.load(p);
    b.load(p);
    int[][] sizes = {{20, 37}, {9, 50}, {31, 8}, {20, 37}};
    for (int i = 0; i < sizes.length; i++) {
      Example example = example(i, sizes[i][0], sizes[i][1], 3, 0.2);
      double[] x = new double[p.length];
      double[] y = new double[p.length];
      double[] z = new double[p.length];
      double loss = a.addGradient(example, i, x).loss();
      assertEquals(loss, b.addGradient(example, i, y).loss());
      Worker<Example> fresh = objective(spec, 0.5f).worker();
      fresh.load(p);
      assertEquals(loss, fresh.addGradient(example, i, z).loss());
      assertArrayEquals(y, x);
      assertArrayEquals(z, x);
    }
  }
}
