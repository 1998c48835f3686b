package org.deepgm.structure;

/**
 * A family of exponential softmaxes: P_s(Y) = exp s(Y) / Z_s over all structured labels Y.
 *
 * <p>A labelling may leave something open that is summed over: ignored pixels of a field, the
 * alignment of a transcription with its frames. So a loss is always the difference of two
 * inferences,
 *
 * <pre>-ln P(Y) = ln Z - ln Z(Y)          its gradient on the scores: marginals - marginals given Y
 * </pre>
 *
 * <p>An implementation owns workspace: one instance a thread. What {@link #infer} returns may be
 * overwritten by the next {@link #infer}, what {@link #clamped} returns by the next {@link
 * #clamped}; both stay good beside each other.
 *
 * @param <S> score tensors
 * @param <M> marginals, shaped as the scores that they are the derivative of ln Z by
 * @param <Y> structured labels
 */
public interface Structure<S, M, Y> {
  /** ln Z_s, or a bound, and the marginals. */
  Inference<M> infer(S scores);

  /**
   * ln Z_s(Y): ln of the sum of exp s over all that agrees with the labels, or a bound, and the
   * marginals of what they leave open; where they leave nothing, the score and its indicators.
   */
  Inference<M> clamped(S scores, Y labels);

  /**
   * Marginals less others: the gradient of a likelihood.
   *
   * @param scores that they belong to
   * @param free what {@link #infer} returned; the difference takes its place
   * @param given what {@link #clamped} returned
   */
  M difference(S scores, M free, M given);

  /** s(Y) of labels that leave nothing open, nats. */
  double score(S scores, Y labels);

  /** A labelling of high score; the best one where inference is exact. */
  Y argmax(S scores);
}
