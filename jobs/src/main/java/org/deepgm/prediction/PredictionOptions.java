package org.deepgm.prediction;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/**
 * What predict writes for an image.
 *
 * @param parquet masks as rows of Parquet instead of PNG files
 * @param overlay a picture of the labels over the image
 * @param marginals indices of the labels whose marginals are written as gray pictures
 * @param entropy the entropy of every pixel as a gray picture, white is ln L
 * @param weights factor of each class in decoding, or null
 * @param decode how labels are read off
 * @param tile side of the tiles in which large images are labelled, pixels; 0 cuts none
 * @param halo margin around a tile, pixels
 */
public record PredictionOptions(
    boolean parquet,
    boolean overlay,
    List<Integer> marginals,
    boolean entropy,
    double[] weights,
    Decode decode,
    int tile,
    int halo)
    implements Serializable {
  /** How labels are read off. */
  public enum Decode {
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
}
