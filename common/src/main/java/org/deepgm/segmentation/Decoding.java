package org.deepgm.segmentation;

import java.util.Locale;

/** How labels are read off a field. */
public enum Decoding {
  /** The label of largest marginal, weighted where there are weights. */
  MARGINAL,
  /** A labelling of high score from the largest marginals; the best one with exact engines. */
  MAP,
  /** The better of that and the one that max-product finds. */
  MAX_PRODUCT;

  /** Its name in a configuration. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
