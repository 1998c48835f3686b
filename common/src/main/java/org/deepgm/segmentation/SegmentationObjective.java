package org.deepgm.segmentation;

import java.util.Arrays;
import org.deepgm.field.GridExpectations;
import org.deepgm.field.GridMeanField;
import org.deepgm.field.GridPotentials;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.structure.Objective;

/**
 * Surrogate likelihood of a field under mean field: loss = F(free) - F(clamped), a difference of
 * lower bounds on ln Z and on ln Z with the labelled pixels held at their gold labels.
 *
 * <p>Ignored pixels are hidden variables: both inferences sum over them. The gradient on the scores
 * is the marginals of the free inference minus those of the clamped one. Costs implement
 * softmax-margin (Gimpel, Smith 2010, aclanthology.org/N10-1112): at a labelled pixel of gold label
 * y, cost[y] is added to the scores of all other labels in the free inference, so that rare labels
 * are given a margin. An image without labelled pixels has loss and gradient 0.
 *
 * @param spec the field
 * @param standardization of its inputs
 * @param augmentation views to train on
 * @param costs softmax-margin cost of each gold label, [L], nats
 */
public record SegmentationObjective(
    SegmentationSpec spec,
    Standardization standardization,
    Augmentation augmentation,
    float[] costs)
    implements Objective<Example> {

  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  @Override
  public Worker<Example> worker() {
    return new FieldWorker(this, Kernels.best());
  }

  /** A worker with given kernels. */
  public Worker<Example> worker(Kernels kernels) {
    return new FieldWorker(this, kernels);
  }

  private static final class FieldWorker implements Worker<Example> {
    private final SegmentationObjective objective;
    private final SegmentationSpec spec;
    private final Scorer scorer;
    private final GridMeanField meanField;
    private final GridExpectations expectations;
    private final Planes freeScores;
    private final Planes free;
    private final Planes clamped;
    private final Planes edgeGradient;
    private final boolean costly;

    FieldWorker(SegmentationObjective objective, Kernels kernels) {
      this.objective = objective;
      spec = objective.spec;
      scorer = new Scorer(spec, objective.standardization, kernels);
      int planes = spec.offsets().size() * spec.planeFeatures();
      meanField = new GridMeanField(kernels, spec.inference(), spec.labels(), planes);
      expectations = new GridExpectations(kernels, spec.labels());
      int outputs = PackedWeights.planes(spec.labels() + spec.edgeChannels());
      freeScores = new Planes(outputs);
      free = new Planes(outputs);
      clamped = new Planes(outputs);
      edgeGradient = spec.edgeChannels() > 0 && planes > 0 ? new Planes(planes) : null;
      boolean any = false;
      for (float cost : objective.costs) {
        any |= cost != 0;
      }
      costly = any;
    }

    @Override
    public void load(float[] parameters) {
      scorer.load(parameters);
    }

    @Override
    public Outcome addGradient(Example example, long seed, double[] gradient) {
      RandomStream random = RandomStream.of(seed, RandomStream.key(example.id()));
      Augmentation.View view = objective.augmentation.apply(example, random);
      LabelMap gold = view.example().labels();
      int labelled = gold.labelled();
      if (labelled == 0) {
        return new Outcome(0, 0, 0, true, 0, 0);
      }
      long begin = System.nanoTime();
      GridPotentials potentials = scorer.forward(view.example().image(), view.window());
      long scored = System.nanoTime();
      GridPotentials freePotentials = withCosts(potentials, gold);
      meanField.start(freePotentials.node(), free);
      GridMeanField.Result result = meanField.run(freePotentials, free, null);
      double loss = meanField.bound(freePotentials, free);
      boolean[] hidden = Clamping.clamp(meanField, potentials.node(), gold, clamped);
      if (hidden != null) {
        meanField.run(potentials, clamped, hidden);
      }
      loss -= meanField.bound(potentials, clamped);
      addFieldGradient(potentials, gradient);
      subtract();
      long inferred = System.nanoTime();
      scorer.backward(free, edgeGradient, gradient);
      long end = System.nanoTime();
      return new Outcome(
          loss,
          labelled,
          result.sweeps(),
          result.converged(),
          scored - begin + end - inferred,
          inferred - scored);
    }

    private GridPotentials withCosts(GridPotentials potentials, LabelMap gold) {
      if (!costly) {
        return potentials;
      }
      freeScores.copyFrom(potentials.node());
      PlaneLayout layout = freeScores.layout();
      for (int i = 0; i < gold.labels().length; i++) {
        int y = gold.label(i);
        if (y != LabelMap.IGNORE) {
          int at = layout.index(i / gold.width(), i % gold.width());
          for (int l = 0; l < spec.labels(); l++) {
            freeScores.data()[freeScores.plane(l) + at] += l == y ? 0 : objective.costs[y];
          }
        }
      }
      return potentials.withNode(freeScores);
    }

    private void addFieldGradient(GridPotentials potentials, double[] gradient) {
      if (spec.offsets().isEmpty()) {
        return;
      }
      int at = scorer.edgeOffset();
      expectations.addWeightGradient(potentials, free, 1, gradient, at);
      expectations.addWeightGradient(potentials, clamped, -1, gradient, at);
      if (edgeGradient != null) {
        edgeGradient.reshape(free.layout());
        Arrays.fill(edgeGradient.data(), 0f);
        int first = spec.edgeFeatures() - spec.edgeChannels();
        for (int k = first; k < spec.edgeFeatures(); k++) {
          expectations.addFeatureGradient(potentials, k, free, 1f, edgeGradient);
          expectations.addFeatureGradient(potentials, k, clamped, -1f, edgeGradient);
        }
      }
    }

    /** free becomes the gradient on the node scores. */
    private void subtract() {
      float[] a = free.data();
      float[] b = clamped.data();
      int n = free.plane(spec.labels());
      for (int i = 0; i < n; i++) {
        a[i] -= b[i];
      }
    }
  }
}
