package org.deepgm.graphs;

import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseMarginals;
import org.deepgm.field.graph.PairwisePseudoLikelihood;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.field.graph.PairwiseUnrolled;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Objective;

/**
 * Loss of a graph with labels, hidden ones summed over, and its gradient.
 *
 * @param spec the scorer
 * @param tables scale features
 * @param learning what is minimised
 */
public record GraphObjective(GraphSpec spec, GraphTables tables, GraphLearning learning)
    implements Objective<LabeledGraph> {
  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  @Override
  public Worker<LabeledGraph> worker() {
    return new GraphWorker(this);
  }

  /** A loss, what it is of, and how inference went. */
  private record Found(double loss, long units, int sweeps, boolean converged) {}

  private static final class GraphWorker implements Worker<LabeledGraph> {
    private final GraphLearning learning;
    private final GraphScorer scorer;
    private final Likelihood<PairwiseScores, PairwiseMarginals, int[]> likelihood;
    private final PairwisePseudoLikelihood pseudo = new PairwisePseudoLikelihood();
    private final PairwiseUnrolled unrolled;
    private PairwiseMarginals gradientOfScores =
        new PairwiseMarginals(new double[0], new double[0]);
    private double[] costly = {};

    /** Null without indicators. */
    private final SparseRows rows;

    GraphWorker(GraphObjective objective) {
      learning = objective.learning();
      scorer = new GraphScorer(objective.spec(), objective.tables());
      PairwiseField field = learning.field();
      likelihood = new Likelihood<>(field);
      unrolled = learning.unrolled();
      GraphSpec spec = objective.spec();
      rows = spec.indicators() > 0 ? new SparseRows(spec.indicated()) : null;
    }

    @Override
    public void load(float[] parameters) {
      scorer.load(parameters);
    }

    @Override
    public SparseRows rows() {
      return rows;
    }

    @Override
    public Outcome addGradient(LabeledGraph example, long seed, double[] gradient) {
      if (rows != null) {
        rows.clear();
      }
      if (example.known() == 0) {
        return new Outcome(0, 0, 0, true, 0, 0);
      }
      long begin = System.nanoTime();
      PairwiseScores scores = scorer.forward(example);
      long scored = System.nanoTime();
      Found found = loss(scores, example);
      long inferred = System.nanoTime();
      if (found.units() > 0) {
        scorer.backward(gradientOfScores, gradient);
        if (rows != null) {
          scorer.backward(gradientOfScores, rows);
        }
      }
      long end = System.nanoTime();
      return new Outcome(
          found.loss(),
          found.units(),
          found.sweeps(),
          found.converged(),
          scored - begin + end - inferred,
          inferred - scored);
    }

    private Found loss(PairwiseScores scores, LabeledGraph example) {
      int[] labels = example.labels();
      if (learning.objective() == GraphLearning.Objective.LIKELIHOOD) {
        Likelihood.Loss<PairwiseMarginals> loss =
            likelihood.of(withMargin(scores, labels), scores, labels);
        gradientOfScores = loss.gradient();
        return new Found(loss.nats(), example.known(), loss.sweeps(), loss.converged());
      }
      room(scores);
      if (learning.objective() == GraphLearning.Objective.MARGINAL) {
        double nats = unrolled.of(withMargin(scores, labels), labels, gradientOfScores);
        return new Found(nats, example.known(), learning.sweeps(), true);
      }
      double[] costs = learning.margin() > 0 ? costs(scores, labels) : null;
      double[] loss = pseudo.of(scores, labels, given(example), costs, gradientOfScores);
      return new Found(loss[0], Math.round(loss[1]), 0, true);
    }

    /** Gold labels, and those of nodes that may have no other. */
    private static int[] given(LabeledGraph example) {
      int[] given = example.labels().clone();
      for (int v = 0; example.allowed() != null && v < given.length; v++) {
        int[] allowed = example.allowed()[v];
        given[v] = given[v] < 0 && allowed != null && allowed.length == 1 ? allowed[0] : given[v];
      }
      return given;
    }

    private void room(PairwiseScores scores) {
      int nodes = scores.graph().nodes() * scores.labels();
      int edges = scores.graph().tables() * scores.labels() * scores.labels();
      if (gradientOfScores.node().length < nodes || gradientOfScores.edge().length < edges) {
        gradientOfScores = new PairwiseMarginals(new double[nodes], new double[edges]);
      }
    }

    /** What is added to the scores of wrong labels, [N, L]. */
    private double[] costs(PairwiseScores scores, int[] labels) {
      int n = scores.labels();
      double[] costs = new double[labels.length * n];
      for (int v = 0; v < labels.length; v++) {
        for (int l = 0; labels[v] >= 0 && l < n; l++) {
          costs[v * n + l] = l == labels[v] ? 0 : learning.margin();
        }
      }
      return costs;
    }

    private PairwiseScores withMargin(PairwiseScores scores, int[] labels) {
      if (learning.margin() == 0) {
        return scores;
      }
      double[] costs = costs(scores, labels);
      costly = costly.length >= costs.length ? costly : new double[costs.length];
      for (int i = 0; i < costs.length; i++) {
        costly[i] = scores.node()[i] + costs[i];
      }
      return new PairwiseScores(scores.graph(), scores.labels(), costly, scores.edge());
    }
  }
}
