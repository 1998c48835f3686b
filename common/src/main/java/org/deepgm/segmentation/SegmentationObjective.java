package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.field.grid.GridField;
import org.deepgm.field.grid.GridGibbs;
import org.deepgm.field.grid.GridMeanField;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.UnrolledMeanField;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.structure.Objective;

/**
 * Loss and gradient of one image: a view of it, the scorer forward, a {@link FieldLoss}, the scorer
 * backward.
 *
 * <p>Costs implement softmax-margin (Gimpel, Smith 2010, aclanthology.org/N10-1112): at a labelled
 * pixel of gold label y, cost[y] is added to the scores of all other labels where the loss infers
 * freely, so that rare labels are given a margin. An image without labelled pixels has loss and
 * gradient 0.
 *
 * @param spec the field
 * @param tables of its inputs
 * @param augmentation views to train on
 * @param costs softmax-margin cost of each gold label, [L], nats
 * @param learning the loss
 * @param phases what counts when
 */
public record SegmentationObjective(
    SegmentationSpec spec,
    InputTables tables,
    Augmentation augmentation,
    float[] costs,
    Learning learning,
    Phases phases)
    implements Objective<Example> {
  /**
   * What counts in which steps.
   *
   * @param spreadSteps steps for which labels that were spread count, and costs; after these only
   *     the labels count that examples came with; 0 is all steps
   * @param costSteps steps for which costs count, and weights and overlap of the targets do not;
   *     after these they do, and costs do not; 0 has all of them in all steps. They end with
   *     spreadSteps, too
   */
  public record Phases(int spreadSteps, int costSteps) implements Serializable {
    /** Everything in all of them. */
    public static final Phases ONE = new Phases(0, 0);

    /** Checks the ranges. */
    public Phases {
      if (spreadSteps < 0 || costSteps < 0) {
        throw new IllegalArgumentException(
            "Expected training.spread-steps and class-cost-steps >= 0, found "
                + spreadSteps
                + ", "
                + costSteps);
      }
    }

    private boolean given(int step) {
      return spreadSteps > 0 && step >= spreadSteps;
    }

    private boolean costs(int step) {
      return !given(step) && (costSteps == 0 || step < costSteps);
    }

    private boolean alike(int step) {
      return costSteps > 0 && costs(step);
    }
  }

  /** An objective of one phase. */
  public SegmentationObjective(
      SegmentationSpec spec,
      InputTables tables,
      Augmentation augmentation,
      float[] costs,
      Learning learning) {
    this(spec, tables, augmentation, costs, learning, Phases.ONE);
  }

  @Override
  public ParameterLayout layout() {
    return spec.layOut(learning.fieldRate());
  }

  @Override
  public Worker<Example> worker() {
    return new FieldWorker(this, Kernels.best());
  }

  /** A worker with given kernels. */
  public Worker<Example> worker(Kernels kernels) {
    return new FieldWorker(this, kernels);
  }

  /** That of the node scores: without edges all losses are that of the softmax of each pixel. */
  private FieldLoss nodeLoss(Kernels kernels, Targets targets) {
    int labels = spec.labels();
    InferenceOptions once = new InferenceOptions(InferenceOptions.Schedule.PARALLEL, 0, 2, 1e-3);
    return targets.any()
        ? marginalLoss(kernels, 0, targets)
        : new LikelihoodLoss(new GridField(kernels, once, labels, 0, 0, spec.edgeChannels()));
  }

  private FieldLoss loss(Kernels kernels, Targets targets) {
    int labels = spec.labels();
    int offsets = spec.offsets().size();
    int features = offsets * spec.planeFeatures();
    int extra = spec.edgeChannels();
    int planes = labels + extra;
    GridField field = new GridField(kernels, spec.inference(), labels, offsets, features, extra);
    if (offsets == 0 && targets.any()) {
      return nodeLoss(kernels, targets);
    }
    return switch (learning.objective()) {
      case LIKELIHOOD -> new LikelihoodLoss(field);
      case MARGINAL -> marginalLoss(kernels, features, targets);
      case PSEUDO_LIKELIHOOD -> {
        InferenceOptions once = new InferenceOptions(InferenceOptions.Schedule.PARALLEL, 0, 1, 0);
        yield new PseudoLikelihoodLoss(
            new GridMeanField(kernels, once, labels, features), labels, planes);
      }
      case CONTRASTIVE_DIVERGENCE ->
          new ContrastiveDivergence(
              field,
              new GridGibbs(kernels, labels, features),
              learning.gibbsSweeps(),
              labels,
              planes);
    };
  }

  private FieldLoss marginalLoss(Kernels kernels, int features, Targets targets) {
    int labels = spec.labels();
    int extra = spec.edgeChannels();
    UnrolledMeanField unrolled =
        new UnrolledMeanField(kernels, spec.inference(), labels, features, extra);
    return new MarginalLoss(unrolled, labels, labels + extra, targets);
  }

  /**
   * Of a phase.
   *
   * @param nodes while couplings rest at 0; null if they do not
   */
  private record Losses(FieldLoss field, FieldLoss nodes) {}

  private Losses losses(Kernels kernels, Targets targets) {
    boolean rests = learning.fieldAfter() > 0;
    return new Losses(loss(kernels, targets), rests ? nodeLoss(kernels, targets) : null);
  }

  /** Couplings, and what they weigh, may begin later. */
  @Override
  public int restingSteps(String slice) {
    boolean edges = slice.startsWith("field.") || slice.startsWith("edge.");
    return edges ? learning.fieldAfter() : 0;
  }

  private static final long DROPOUT = RandomStream.key("dropout");

  private static final class FieldWorker implements Worker<Example> {
    private final SegmentationObjective objective;
    private final SegmentationSpec spec;
    private final Scorer scorer;
    private final EdgeGradient fieldEdges;
    private final EdgeGradient noEdges;
    private final Planes costScores;
    private final boolean costly;
    private final Kernels kernels;
    private Losses losses;
    private boolean alike;
    private boolean alone;
    private boolean given;
    private boolean costs;

    FieldWorker(SegmentationObjective objective, Kernels kernels) {
      this.objective = objective;
      spec = objective.spec;
      scorer = new Scorer(spec, objective.tables, kernels);
      this.kernels = kernels;
      fieldEdges = new EdgeGradient(spec, kernels, scorer.edgeOffset());
      noEdges = new EdgeGradient(kernels, spec.labels());
      costScores = new Planes(spec.labels() + spec.edgeChannels());
      boolean any = false;
      for (float cost : objective.costs) {
        any |= cost != 0;
      }
      costly = any;
    }

    @Override
    public void load(float[] parameters) {
      load(parameters, Integer.MAX_VALUE);
    }

    @Override
    public void load(float[] parameters, int step) {
      alone = step < objective.learning.fieldAfter() && uncoupled(parameters);
      given = objective.phases.given(step);
      costs = costly && objective.phases.costs(step);
      boolean before = objective.phases.alike(step);
      if (losses == null || before != alike) {
        // Anew, so that the memory of one phase is free in the other.
        Targets targets = objective.learning.targets();
        losses = objective.losses(kernels, before ? targets.alike() : targets);
        alike = before;
      }
      scorer.nodesOnly(alone);
      scorer.load(parameters);
    }

    private boolean uncoupled(float[] parameters) {
      if (spec.offsets().isEmpty()) {
        return false;
      }
      ParameterLayout.Slice couplings = spec.layOut().slice("field.weight");
      for (int i = 0; i < couplings.length(); i++) {
        if (parameters[couplings.offset() + i] != 0) {
          return false;
        }
      }
      return true;
    }

    @Override
    public Outcome addGradient(Example example, long seed, double[] gradient) {
      RandomStream random = RandomStream.of(seed, RandomStream.key(example.id()));
      Augmentation.View view =
          objective.augmentation.apply(given ? example.asGiven() : example, random);
      LabelMap gold = view.example().labels();
      int labelled = gold.labelled();
      if (labelled == 0) {
        return new Outcome(0, 0, 0, true, 0, 0);
      }
      long begin = System.nanoTime();
      // A stream of its own: what else is drawn stays what it is without.
      scorer.dropout(RandomStream.of(seed, RandomStream.key(example.id()), DROPOUT));
      GridPotentials potentials = scorer.forward(view.example().image(), view.window());
      long scored = System.nanoTime();
      FieldLoss loss = alone ? losses.nodes : losses.field;
      EdgeGradient edges = alone ? noEdges : fieldEdges;
      edges.clear(potentials.node().layout());
      FieldLoss.Value value =
          loss.of(
              potentials, withCosts(potentials, gold), gold, random.nextLong(), edges, gradient);
      long inferred = System.nanoTime();
      scorer.backward(value.nodes(), edges.features(), gradient);
      long end = System.nanoTime();
      return new Outcome(
          value.loss(),
          labelled,
          value.sweeps(),
          value.converged(),
          scored - begin + end - inferred,
          inferred - scored);
    }

    private GridPotentials withCosts(GridPotentials potentials, LabelMap gold) {
      if (!costs) {
        return potentials;
      }
      costScores.copyFrom(potentials.node());
      PlaneLayout layout = costScores.layout();
      float[] scores = costScores.data();
      byte[] labels = gold.labels();
      int width = gold.width();
      // Plane by plane: pixel by pixel every label would be another line of the cache.
      for (int l = 0; l < spec.labels(); l++) {
        for (int y = 0; y < gold.height(); y++) {
          int at = costScores.plane(l) + layout.index(y, 0);
          for (int x = 0; x < width; x++) {
            int label = labels[y * width + x] & 0xFF;
            if (label != l && label != LabelMap.IGNORE) {
              scores[at + x] += objective.costs[label];
            }
          }
        }
      }
      return potentials.withNode(costScores);
    }
  }
}
