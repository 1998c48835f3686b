package org.deepgm.segmentation;

import java.io.Serializable;

/** Counts of pixels by gold and predicted label, and the scores that follow from them. */
public final class ConfusionMatrix implements Serializable {
  private static final long serialVersionUID = 1L;
  private final int labels;
  private final long[] counts;

  /** An empty matrix. */
  public ConfusionMatrix(int labels) {
    this.labels = labels;
    counts = new long[labels * labels];
  }

  /** Counts one pixel. */
  public void add(int gold, int predicted) {
    counts[gold * labels + predicted]++;
  }

  /** Adds the counts of another. */
  public void merge(ConfusionMatrix other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
  }

  /** Number of labels. */
  public int labels() {
    return labels;
  }

  /** Pixels of one gold and predicted label. */
  public long count(int gold, int predicted) {
    return counts[gold * labels + predicted];
  }

  /** All pixels. */
  public long total() {
    long sum = 0;
    for (long c : counts) {
      sum += c;
    }
    return sum;
  }

  private long gold(int label) {
    long sum = 0;
    for (int l = 0; l < labels; l++) {
      sum += count(label, l);
    }
    return sum;
  }

  private long predicted(int label) {
    long sum = 0;
    for (int l = 0; l < labels; l++) {
      sum += count(l, label);
    }
    return sum;
  }

  /** Share of pixels with the right label; NaN without pixels. */
  public double pixelAccuracy() {
    long right = 0;
    for (int l = 0; l < labels; l++) {
      right += count(l, l);
    }
    return (double) right / total();
  }

  /** Recall of a class; NaN where the gold does not have it. */
  public double classAccuracy(int label) {
    return (double) count(label, label) / gold(label);
  }

  /** Intersection over union of a class; NaN where neither gold nor prediction has it. */
  public double iou(int label) {
    long union = gold(label) + predicted(label) - count(label, label);
    return (double) count(label, label) / union;
  }

  /** Dice coefficient of a class; NaN where neither gold nor prediction has it. */
  public double dice(int label) {
    return 2.0 * count(label, label) / (gold(label) + predicted(label));
  }

  /** Mean class accuracy over the classes that the gold has. */
  public double meanClassAccuracy() {
    return mean(this::classAccuracy);
  }

  /** Mean IoU over the classes that the gold or the prediction has. */
  public double meanIou() {
    return mean(this::iou);
  }

  /** Mean Dice over the classes that the gold or the prediction has. */
  public double meanDice() {
    return mean(this::dice);
  }

  private double mean(java.util.function.IntToDoubleFunction score) {
    double sum = 0;
    int n = 0;
    for (int l = 0; l < labels; l++) {
      double s = score.applyAsDouble(l);
      if (!Double.isNaN(s)) {
        sum += s;
        n++;
      }
    }
    return sum / n;
  }
}
