package org.deepgm.field.graph;

/**
 * Approximate inference as so many layers, and the loss -ln q of the gold labels differentiated
 * through them (Domke 2013, arXiv:1301.3193): exact gradients of what is computed, whatever it
 * approximates. Node scores may forbid labels, edge scores are finite. One instance a thread.
 */
public interface PairwiseUnrolled {
  /**
   * An engine of exactly so many parallel sweeps.
   *
   * @param engine mean field or belief propagation
   * @throws IllegalArgumentException if it is another one, or sweeps are below 0
   */
  static PairwiseUnrolled of(PairwiseField.Engine engine, int sweeps) {
    return switch (engine) {
      case MEAN_FIELD -> new PairwiseUnrolledMeanField(sweeps);
      case BELIEF_PROPAGATION -> new PairwiseUnrolledMessages(sweeps);
      default ->
          throw new IllegalArgumentException(
              "Expected sweeps of mean-field or belief-propagation, found " + engine.text());
    };
  }

  /** The marginals after all sweeps, at least [N, L]; good until the next call. */
  double[] marginals(PairwiseScores scores);

  /**
   * The loss, nats; its gradient takes the place of what is in {@code gradient}.
   *
   * @param labels gold, {@link PairwiseField#HIDDEN} where it is not known
   */
  double of(PairwiseScores scores, int[] labels, PairwiseMarginals gradient);
}
