package org.deepgm.transcription;

import org.deepgm.ctc.Ctc;
import org.deepgm.ctc.CtcScores;
import org.deepgm.math.Kernels;
import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Objective;

/**
 * -ln P(text | frames) by CTC, and its gradient: marginals of the free inference less those given
 * the text. A view that has too few frames for its text has loss and gradient 0 and counts for
 * nothing.
 *
 * @param spec the transcriber
 * @param symbols the characters
 * @param augmentation views to train on
 */
public record TranscriptionObjective(
    TranscriptionSpec spec, SymbolSet symbols, FrameAugmentation augmentation)
    implements Objective<Utterance> {
  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  /** Fresh parameters. */
  public float[] initialize(long seed) {
    return TranscriptionScorer.initialize(spec, seed);
  }

  @Override
  public Worker<Utterance> worker() {
    TranscriptionScorer scorer = new TranscriptionScorer(spec, Kernels.best());
    Likelihood<CtcScores, double[], int[]> likelihood = new Ctc().likelihood();
    return new Worker<>() {
      @Override
      public void load(float[] parameters) {
        scorer.load(parameters);
      }

      @Override
      public Outcome addGradient(Utterance utterance, long seed, double[] gradient) {
        long begin = System.nanoTime();
        RandomStream random = RandomStream.of(seed, RandomStream.key(utterance.id()));
        CtcScores scores = scorer.forward(utterance, augmentation, random);
        long scored = System.nanoTime();
        int[] text = symbols.encode(utterance.text(), utterance.id());
        Likelihood.Loss<double[]> loss = likelihood.of(scores, text);
        if (Ctc.leastFrames(text) > scores.frames()) {
          return new Outcome(0, 0, 0, true, scored - begin, 0);
        }
        if (!Double.isFinite(loss.nats())) {
          throw new ArithmeticException("expected a finite loss, found " + loss.nats());
        }
        long inferred = System.nanoTime();
        scorer.backward(loss.gradient(), gradient);
        long end = System.nanoTime();
        return new Outcome(
            loss.nats(),
            Math.max(1, text.length),
            0,
            true,
            scored - begin + end - inferred,
            inferred - scored);
      }
    };
  }
}
