package org.deepgm.structure;

/** What the log-partition value of an {@link Inference} is. */
public enum Bound {
  /** ln Z itself, up to rounding. */
  EXACT,
  /** At most ln Z: mean field. */
  LOWER,
  /** At least ln Z: tree-reweighted. */
  UPPER,
  /** Neither: Bethe. */
  ESTIMATE
}
