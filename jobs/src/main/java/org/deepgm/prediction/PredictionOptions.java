package org.deepgm.prediction;

import java.io.Serializable;
import java.util.List;

/**
 * What predict writes for an image.
 *
 * @param parquet masks as rows of Parquet instead of PNG files
 * @param overlay a picture of the labels over the image
 * @param marginals indices of the labels whose marginals are written as gray pictures
 * @param entropy the entropy of every pixel as a gray picture, white is ln L
 * @param weights factor of each class in decoding, or null
 * @param map whether the labelling of highest score found is wanted instead of the marginals'
 */
public record PredictionOptions(
    boolean parquet,
    boolean overlay,
    List<Integer> marginals,
    boolean entropy,
    double[] weights,
    boolean map)
    implements Serializable {}
