package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.image.LabelMap;
import org.deepgm.math.FixedPoint;

/**
 * What evaluation counts over images, for the field or for its node scores alone. Sums do not
 * depend on their order.
 */
public final class Tally implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int BITS = 20;

  /** Losses are kept to 2^-12 nats an image, so that 2^24 images of 2^26 nats have room. */
  private static final int LOSS_BITS = 12;

  private static final long MOST_IMAGES = 1L << 24;

  /** Bins of the calibration curve over the probability of the predicted label. */
  public static final int BINS = 15;

  private final ConfusionMatrix matrix;
  private final ConfusionMatrix band;
  private final long[] binPixels = new long[BINS];
  private final long[] binRight = new long[BINS];
  private final long[] binConfidence = new long[BINS];
  private long lossPixels;
  private long loss;
  private long logLoss;
  private long logLossPixels;
  private final BinaryScores binary;
  private final long[] contourScores;
  private final long[] contourImages;
  private long contours;
  private long contourCount;
  private long rand;
  private long randImages;
  private long bracketPixels;
  private long lower;
  private long upper;

  /** Nothing counted yet. */
  public Tally(int labels) {
    matrix = new ConfusionMatrix(labels);
    band = new ConfusionMatrix(labels);
    binary = labels == 2 ? new BinaryScores() : null;
    contourScores = new long[labels];
    contourImages = new long[labels];
  }

  /** Counts labels: all pixels, and those in the boundary band. */
  void addLabels(LabelMap gold, LabelMap predicted, boolean[] nearBoundary) {
    for (int i = 0; i < gold.labels().length; i++) {
      int y = gold.label(i);
      int p = predicted.label(i);
      if (y != LabelMap.IGNORE) {
        // A pixel without prediction is a wrong one: counted as the next label.
        int found = p == LabelMap.IGNORE ? (y + 1) % matrix.labels() : p;
        matrix.add(y, found);
        if (nearBoundary[i]) {
          band.add(y, found);
        }
      }
    }
  }

  /** Counts predicted labels of masks that were made before. */
  public void addMasks(LabelMap gold, LabelMap predicted, int radius) {
    addLabels(gold, predicted, BoundaryBand.of(gold, radius));
    addImage(gold, predicted);
  }

  /** Counts what is measured on whole images: contours, and regions between boundaries. */
  void addImage(LabelMap gold, LabelMap predicted) {
    BoundaryF1 f1 = new BoundaryF1(gold, predicted);
    double sum = 0;
    int classes = 0;
    for (int l = 0; l < matrix.labels(); l++) {
      double score = f1.of(l);
      if (!Double.isNaN(score)) {
        contourScores[l] += FixedPoint.of(score, BITS, MOST_IMAGES);
        contourImages[l]++;
        sum += score;
        classes++;
      }
    }
    if (classes > 0) {
      contours += FixedPoint.of(sum / classes, BITS, MOST_IMAGES);
      contourCount++;
    }
    double regions = matrix.labels() == 2 ? RandScore.of(gold, predicted) : Double.NaN;
    if (!Double.isNaN(regions)) {
      rand += FixedPoint.of(regions, BITS, MOST_IMAGES);
      randImages++;
    }
  }

  /** Counts the probability of the second of two classes at a labelled pixel. */
  void addSecond(double probability, boolean isSecond) {
    binary.add(probability, isSecond);
  }

  /** Counts the probability of the predicted label of one labelled pixel. */
  void addConfidence(double probability, boolean right) {
    int bin = (int) Math.max(0, Math.min(BINS - 1, Math.floor(probability * BINS)));
    binPixels[bin]++;
    binRight[bin] += right ? 1 : 0;
    binConfidence[bin] += FixedPoint.of(probability, BITS, 1L << 40);
  }

  /** Adds the loss of a whole image, nats. */
  void addLoss(double nats, long pixels) {
    loss += FixedPoint.of(nats, LOSS_BITS, MOST_IMAGES);
    lossPixels += pixels;
  }

  /** Adds -ln of the marginals of gold labels, summed over pixels, nats. */
  void addLogLoss(double nats, long pixels) {
    logLoss += FixedPoint.of(nats, LOSS_BITS, MOST_IMAGES);
    logLossPixels += pixels;
  }

  /** Adds the interval that holds the true loss of an image, nats. */
  void addBracket(double low, double high, long pixels) {
    lower += FixedPoint.of(low, LOSS_BITS, MOST_IMAGES);
    upper += FixedPoint.of(high, LOSS_BITS, MOST_IMAGES);
    bracketPixels += pixels;
  }

  /** Adds the counts of another. */
  public Tally merge(Tally other) {
    matrix.merge(other.matrix);
    band.merge(other.band);
    if (binary != null) {
      binary.merge(other.binary);
    }
    for (int l = 0; l < contourScores.length; l++) {
      contourScores[l] += other.contourScores[l];
      contourImages[l] += other.contourImages[l];
    }
    contours += other.contours;
    contourCount += other.contourCount;
    rand += other.rand;
    randImages += other.randImages;
    for (int b = 0; b < BINS; b++) {
      binPixels[b] += other.binPixels[b];
      binRight[b] += other.binRight[b];
      binConfidence[b] += other.binConfidence[b];
    }
    loss += other.loss;
    logLoss += other.logLoss;
    logLossPixels += other.logLossPixels;
    lower += other.lower;
    upper += other.upper;
    bracketPixels += other.bracketPixels;
    lossPixels += other.lossPixels;
    return this;
  }

  /** All labelled pixels. */
  public ConfusionMatrix matrix() {
    return matrix;
  }

  /** The labelled pixels near a boundary. */
  public ConfusionMatrix band() {
    return band;
  }

  /**
   * Boundary F1, see {@link BoundaryF1}: the mean over the classes of an image, then over images;
   * NaN where no gold has a boundary.
   */
  public double boundaryF1() {
    return FixedPoint.value(contours, BITS) / contourCount;
  }

  /** Boundary F1 of a class: the mean over the images whose gold has a boundary of it. */
  public double boundaryF1(int label) {
    return FixedPoint.value(contourScores[label], BITS) / contourImages[label];
  }

  /**
   * Of two classes, the area under the receiver operating characteristic of the second's marginals;
   * NaN of more classes, or where none were counted.
   */
  public double areaUnderCurve() {
    return binary == null ? Double.NaN : binary.area();
  }

  /** Of two classes, the mean Rand score of the images, see {@link RandScore}; else NaN. */
  public double randScore() {
    return FixedPoint.value(rand, BITS) / randImages;
  }

  /** Mean loss, nats a labelled pixel; NaN where none was counted. */
  public double meanLoss() {
    return FixedPoint.value(loss, LOSS_BITS) / lossPixels;
  }

  /**
   * Mean -ln of the marginal of the gold label, nats a labelled pixel; NaN where none was counted.
   */
  public double meanLogLoss() {
    return FixedPoint.value(logLoss, LOSS_BITS) / logLossPixels;
  }

  /** At most the mean true loss, nats a labelled pixel; NaN where no bracket was asked for. */
  public double lossLower() {
    return FixedPoint.value(lower, LOSS_BITS) / bracketPixels;
  }

  /** At least the mean true loss, nats a labelled pixel; NaN where no bracket was asked for. */
  public double lossUpper() {
    return FixedPoint.value(upper, LOSS_BITS) / bracketPixels;
  }

  /**
   * Expected calibration error: the mean difference of confidence and accuracy over bins of the
   * predicted label's probability (Guo et al. 2017, arXiv:1706.04599).
   */
  public double calibrationError() {
    long pixels = 0;
    double sum = 0;
    for (int b = 0; b < BINS; b++) {
      pixels += binPixels[b];
      sum += Math.abs(FixedPoint.value(binConfidence[b], BITS) - binRight[b]);
    }
    return sum / pixels;
  }
}
