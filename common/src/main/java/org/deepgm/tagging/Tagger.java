package org.deepgm.tagging;

import org.deepgm.chain.ChainMarginals;
import org.deepgm.chain.ChainScores;
import org.deepgm.chain.LinearChain;
import org.deepgm.structure.Likelihood;

/** Labels sequences with a trained model, without Spark. One instance a thread. */
public final class Tagger {
  private final TaggingModel model;
  private final TaggingScorer scorer;
  private final LinearChain chain = new LinearChain();
  private final Likelihood<ChainScores, ChainMarginals, int[]> likelihood = new Likelihood<>(chain);

  Tagger(TaggingModel model) {
    this.model = model;
    scorer = new TaggingScorer(model.spec());
    scorer.load(model.parameters());
  }

  /** The best labelling. */
  public String[] label(int[][] features) {
    int[] y = chain.argmax(scorer.forward(features));
    String[] names = new String[y.length];
    for (int t = 0; t < y.length; t++) {
      names[t] = model.labels().get(y[t]);
    }
    return names;
  }

  /** -ln P of a labelling, nats; NaN with a label that the model does not know. */
  public double loss(int[][] features, String[] gold) {
    int[] y = new int[gold.length];
    for (int t = 0; t < y.length; t++) {
      y[t] = model.labels().indexOf(gold[t]);
      if (y[t] < 0) {
        return Double.NaN;
      }
    }
    ChainScores scores = scorer.forward(features);
    return likelihood.nats(scores, y);
  }
}
