package org.deepgm.structure;

/**
 * A family of exponential softmaxes: P_s(Y) = exp s(Y) / Z_s over all structured labels Y.
 *
 * <p>An implementation owns workspace: one instance a thread. What {@link #infer} returns may be
 * overwritten by the next call.
 *
 * @param <S> score tensors
 * @param <M> marginals, shaped as the scores that they are the derivative of ln Z by
 * @param <Y> structured labels
 */
public interface Structure<S, M, Y> {
  /** ln Z_s, or a bound, and the marginals. */
  Inference<M> infer(S scores);

  /** s(Y), nats. */
  double score(S scores, Y labels);

  /** A labelling of high score; the best one where inference is exact. */
  Y argmax(S scores);
}
