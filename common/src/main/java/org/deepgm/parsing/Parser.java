package org.deepgm.parsing;

import org.deepgm.cky.Constituents;
import org.deepgm.cky.SpanPlanes;
import org.deepgm.math.Kernels;

/** Parses sentences with a trained model, without Spark. One instance a thread. */
public final class Parser {
  /** Which tree is taken. */
  public enum Decoding {
    /** The one of largest probability. */
    BEST,
    /** The one whose wrong and missing brackets are expected to be the fewest. */
    LEAST_RISK
  }

  private final ParsingModel model;
  private final ParsingScorer scorer;
  private final Chart<?, ?> chart;

  Parser(ParsingModel model) {
    this.model = model;
    scorer = new ParsingScorer(model.spec(), Kernels.best());
    scorer.load(model.parameters());
    chart = Chart.of(model.spec(), model.labels(), model.grammar());
    chart.load(model.parameters());
  }

  /** The scores of a sentence's spans; valid until the next call. */
  public SpanPlanes scores(String[] words) {
    return scorer.forward(WordFeatures.of(words, model.spec().rows()), null, null);
  }

  /** The tree of a sentence, with the tags that are likeliest. Cost: O(n^3 + n^2 L). */
  public Tree parse(String[] words, Decoding decoding) {
    return tree(words, scores(words), decoding);
  }

  /** The tree of the sentence whose scores were found last. */
  public Tree tree(String[] words, SpanPlanes scores, Decoding decoding) {
    Constituents found = chart.decode(scores, decoding);
    return model.labels().decode(words, likeliestTags(words.length), found);
  }

  /** P of each constituent, by chains; valid until the next call. */
  public SpanPlanes marginals(SpanPlanes scores) {
    return chart.marginals(scores);
  }

  private int[] likeliestTags(int words) {
    double[] scores = scorer.tags();
    int kinds = model.spec().tags();
    int[] tags = new int[words];
    for (int t = 0; t < words; t++) {
      for (int s = 1; s < kinds; s++) {
        tags[t] = scores[t * kinds + s] > scores[t * kinds + tags[t]] ? s : tags[t];
      }
    }
    return tags;
  }

  /**
   * A sentence ready to be scored.
   *
   * @throws org.deepgm.fault.RecordException with a label, tag or rule that the model does not know
   */
  public ParsedSentence known(String id, Tree tree) {
    chart.encode(tree, id);
    return ParsedSentence.of(id, tree, model.labels(), model.grammar(), model.spec().rows());
  }

  /** -ln P of the tree and tags of a sentence, nats. */
  public double loss(SpanPlanes scores, ParsedSentence sentence) {
    double loss = chart.loss(scores, sentence.gold());
    double[] tags = scorer.tags();
    int kinds = model.spec().tags();
    for (int t = 0; t < sentence.tags().length; t++) {
      loss +=
          ParsingObjective.softmax(tags, t * kinds, kinds) - tags[t * kinds + sentence.tags()[t]];
    }
    return loss;
  }
}
