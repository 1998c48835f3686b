package org.deepgm.parsing;

import org.deepgm.cky.SpanPlanes;
import org.deepgm.math.FastExp;
import org.deepgm.math.Kernels;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;
import org.deepgm.structure.Objective;

/**
 * -ln P(tree, tags | words), by one of the families of {@link org.deepgm.cky} and over each word's
 * tags; gradient: marginals minus those given the tree.
 *
 * @param spec the parser
 * @param labels of spans and words
 * @param grammar of the trees; null takes any bracketing
 * @param noise what is blanked in training
 */
public record ParsingObjective(
    ParsingSpec spec, SpanLabels labels, TreeGrammar grammar, ParsingNoise noise)
    implements Objective<ParsedSentence> {
  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  /** Fresh parameters. */
  public float[] initialize(long seed) {
    return ParsingScorer.initialize(spec, seed);
  }

  @Override
  public Worker<ParsedSentence> worker() {
    return new ChartWorker(this);
  }

  private static final class ChartWorker implements Worker<ParsedSentence> {
    private final ParsingSpec spec;
    private final ParsingNoise noise;
    private final ParsingScorer scorer;
    private final Chart<?, ?> chart;
    private final SparseRows rows;

    ChartWorker(ParsingObjective objective) {
      spec = objective.spec();
      noise = objective.noise();
      chart = Chart.of(spec, objective.labels(), objective.grammar());
      scorer = new ParsingScorer(spec, Kernels.best());
      rows = new SparseRows(spec.width());
    }

    @Override
    public void load(float[] parameters) {
      scorer.load(parameters);
      chart.load(parameters);
    }

    @Override
    public SparseRows rows() {
      return rows;
    }

    @Override
    public Outcome addGradient(ParsedSentence sentence, long seed, double[] gradient) {
      long begin = System.nanoTime();
      rows.clear();
      RandomStream random = RandomStream.of(seed, RandomStream.key(sentence.id()));
      SpanPlanes scores = scorer.forward(sentence.features(), noise, random);
      double[] tags = scorer.tags();
      long scored = System.nanoTime();
      // The gradient takes the scores' place.
      double loss = chart.gradient(scores, sentence.gold(), scores.values(), gradient);
      loss += tagLoss(tags, sentence.tags());
      if (!Double.isFinite(loss)) {
        throw new ArithmeticException("expected a finite loss, found " + loss);
      }
      long inferred = System.nanoTime();
      scorer.backward(tags, gradient, rows);
      long end = System.nanoTime();
      return new Outcome(
          loss, scores.words(), 0, true, scored - begin + end - inferred, inferred - scored);
    }

    /** -ln P of the tags; their scores become their gradient. */
    private double tagLoss(double[] tags, int[] gold) {
      double loss = 0;
      for (int t = 0; t < gold.length; t++) {
        int at = t * spec.tags();
        double sum = softmax(tags, at, spec.tags());
        loss += sum - tags[at + gold[t]];
        for (int s = at; s < at + spec.tags(); s++) {
          tags[s] = FastExp.exp(tags[s] - sum);
        }
        tags[at + gold[t]] -= 1;
      }
      return loss;
    }
  }

  /** ln of the sum of exponentials of a row. */
  static double softmax(double[] scores, int from, int n) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + n; i++) {
      most = Math.max(most, scores[i]);
    }
    double sum = 0;
    for (int i = from; i < from + n; i++) {
      sum += FastExp.exp(scores[i] - most);
    }
    return most + StrictMath.log(sum);
  }
}
