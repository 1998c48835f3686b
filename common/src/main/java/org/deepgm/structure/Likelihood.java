package org.deepgm.structure;

/**
 * The loss that belongs to a structure: -ln P(Y) = ln Z - ln Z(Y), or what the bounds of an
 * approximate structure give for it. Its gradient on the scores is the marginals less those given
 * Y.
 *
 * <p>Where a structure can find both in one pass, a subclass does. One instance a thread.
 *
 * @param <S> score tensors
 * @param <M> marginals
 * @param <Y> structured labels
 */
public class Likelihood<S, M, Y> {
  /**
   * A loss.
   *
   * @param nats -ln P(Y); infinite where Y is impossible
   * @param gradient shaped as the scores; overwritten by the next call
   * @param sweeps of the free inference
   * @param converged whether that converged
   */
  public record Loss<M>(double nats, M gradient, int sweeps, boolean converged) {}

  private final Structure<S, M, Y> structure;

  /** Of a structure. */
  public Likelihood(Structure<S, M, Y> structure) {
    this.structure = structure;
  }

  /** The loss and its gradient. */
  public Loss<M> of(S scores, Y labels) {
    return of(scores, scores, labels);
  }

  /**
   * The same with costs.
   *
   * @param costly scores for the free inference, such as those with softmax-margin costs
   * @param scores for the inference given the labels
   */
  public Loss<M> of(S costly, S scores, Y labels) {
    Inference<M> free = structure.infer(costly);
    inferred(costly, 1);
    Inference<M> given = structure.clamped(scores, labels);
    inferred(scores, -1);
    return new Loss<>(
        free.logPartition() - given.logPartition(),
        structure.difference(scores, free.marginals(), given.marginals()),
        free.sweeps(),
        free.converged());
  }

  /**
   * Told after each of both inferences, for what the marginals do not hold: expectations that only
   * the structure can form while it holds its messages.
   *
   * @param sign of this inference in the loss
   */
  protected void inferred(S scores, int sign) {
    // Marginals are all that most structures have.
  }

  /** The loss alone, nats. */
  public double nats(S scores, Y labels) {
    double free = structure.infer(scores).logPartition();
    return free - structure.clamped(scores, labels).logPartition();
  }
}
