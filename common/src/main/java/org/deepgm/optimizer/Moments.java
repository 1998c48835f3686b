package org.deepgm.optimizer;

/** What optimisers keep of past gradients. */
final class Moments {
  /** Smaller ones are 0: no parameter moves by them. */
  static final double LEAST = 0x1p-900;

  private Moments() {}

  /**
   * A moment, or 0 where it has nearly gone. What is never touched again would otherwise end among
   * the numbers below the normal ones, which some processors multiply far more slowly.
   */
  static double orZero(double moment) {
    return Math.abs(moment) < LEAST ? 0 : moment;
  }
}
