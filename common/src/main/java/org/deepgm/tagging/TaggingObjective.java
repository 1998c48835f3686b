package org.deepgm.tagging;

import org.deepgm.chain.ChainMarginals;
import org.deepgm.chain.ChainScores;
import org.deepgm.chain.LinearChain;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Objective;

/**
 * Exact likelihood of a linear chain, -ln P(gold labels | tokens), and its gradient: marginals
 * minus gold. The gradient on feature weights comes as the rows that the sequence touches.
 *
 * @param spec the tagger
 */
public record TaggingObjective(TaggingSpec spec) implements Objective<TaggedSequence> {
  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  @Override
  public Worker<TaggedSequence> worker() {
    return new ChainWorker(spec);
  }

  private static final class ChainWorker implements Worker<TaggedSequence> {
    private final int labels;
    private final TaggingScorer scorer;
    private final Likelihood<ChainScores, ChainMarginals, int[]> likelihood =
        new Likelihood<>(new LinearChain());
    private final SparseRows rows;

    ChainWorker(TaggingSpec spec) {
      labels = spec.labels();
      scorer = new TaggingScorer(spec);
      rows = new SparseRows(labels);
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
    public Outcome addGradient(TaggedSequence example, long seed, double[] gradient) {
      long begin = System.nanoTime();
      rows.clear();
      int[] gold = example.labels();
      ChainScores scores = scorer.forward(example.features());
      long scored = System.nanoTime();
      Likelihood.Loss<ChainMarginals> loss = likelihood.of(scores, gold);
      long inferred = System.nanoTime();
      backward(example.features(), loss.gradient(), gradient);
      long end = System.nanoTime();
      return new Outcome(
          loss.nats(), gold.length, 0, true, scored - begin + end - inferred, inferred - scored);
    }

    private void backward(int[][] features, ChainMarginals by, double[] gradient) {
      double[] d = by.node();
      double[] edge = by.edge();
      int square = labels * labels;
      int last = (features.length - 1) * labels;
      for (int i = 0; i < square; i++) {
        gradient[i] += edge[i];
      }
      for (int l = 0; l < labels; l++) {
        gradient[square + l] += d[l];
        gradient[square + labels + l] += d[last + l];
      }
      for (int t = 0; t < features.length; t++) {
        for (int row : features[t]) {
          int at = rows.at(row);
          double[] values = rows.values();
          for (int l = 0; l < labels; l++) {
            values[at + l] += d[t * labels + l];
          }
        }
      }
    }
  }
}
