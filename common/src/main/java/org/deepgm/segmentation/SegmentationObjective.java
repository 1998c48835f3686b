package org.deepgm.segmentation;

import java.util.Arrays;
import org.deepgm.field.GridExpectations;
import org.deepgm.field.GridField;
import org.deepgm.field.GridPotentials;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.PackedWeights;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Objective;

/**
 * Surrogate likelihood of a field under mean field: loss = F(free) - F(clamped), a difference of
 * lower bounds on ln Z and on ln Z with the labelled pixels held at their gold labels.
 *
 * <p>Ignored pixels are hidden variables: both inferences sum over them. The gradient on the scores
 * is the marginals of the free inference minus those of the clamped one: the derivative of the loss
 * where both are stationary, close to it after the few sweeps of training. Costs implement
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
    private final GridField field;
    private final GridExpectations expectations;
    private final Planes costScores;
    private final Planes edgeGradient;
    private final boolean costly;

    FieldWorker(SegmentationObjective objective, Kernels kernels) {
      this.objective = objective;
      spec = objective.spec;
      scorer = new Scorer(spec, objective.standardization, kernels);
      int planes = spec.offsets().size() * spec.planeFeatures();
      field = new GridField(kernels, spec.inference(), spec.labels(), planes, spec.edgeChannels());
      expectations = new GridExpectations(kernels, spec.labels());
      costScores = new Planes(PackedWeights.planes(spec.labels() + spec.edgeChannels()));
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
      Inference<Planes> free = field.infer(withCosts(potentials, gold));
      Inference<Planes> clamped = field.clamped(potentials, gold);
      addFieldGradient(potentials, free.marginals(), clamped.marginals(), gradient);
      Planes scoreGradient = subtract(free.marginals(), clamped.marginals());
      long inferred = System.nanoTime();
      scorer.backward(scoreGradient, edgeGradient, gradient);
      long end = System.nanoTime();
      return new Outcome(
          free.logPartition() - clamped.logPartition(),
          labelled,
          free.sweeps(),
          free.converged(),
          scored - begin + end - inferred,
          inferred - scored);
    }

    private GridPotentials withCosts(GridPotentials potentials, LabelMap gold) {
      if (!costly) {
        return potentials;
      }
      costScores.copyFrom(potentials.node());
      PlaneLayout layout = costScores.layout();
      for (int i = 0; i < gold.labels().length; i++) {
        int y = gold.label(i);
        if (y != LabelMap.IGNORE) {
          int at = layout.index(i / gold.width(), i % gold.width());
          for (int l = 0; l < spec.labels(); l++) {
            costScores.data()[costScores.plane(l) + at] += l == y ? 0 : objective.costs[y];
          }
        }
      }
      return potentials.withNode(costScores);
    }

    private void addFieldGradient(
        GridPotentials potentials, Planes free, Planes clamped, double[] gradient) {
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

    /** Marginals minus gold, in place of the free marginals. */
    private Planes subtract(Planes free, Planes clamped) {
      float[] a = free.data();
      float[] b = clamped.data();
      int n = free.plane(spec.labels());
      for (int i = 0; i < n; i++) {
        a[i] -= b[i];
      }
      return free;
    }
  }
}
