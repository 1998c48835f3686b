package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/**
 * How common each class is at a place of the image, by the cells of a grid: ln of the share in
 * units of 32 nats, so that it is of the size of other inputs; between the middles of cells
 * bilinear.
 */
public final class PlacePrior {
  private static final double UNIT = 32;

  private PlacePrior() {}

  /** Counts of labels by cell, whatever the order of the images. */
  public static final class Counts implements Serializable {
    private static final long serialVersionUID = 1L;
    private final int side;
    private final int labels;
    private final long[] counts;

    /** Nothing added yet. */
    public Counts(int side, int labels) {
      this.side = side;
      this.labels = labels;
      counts = new long[labels * side * side];
    }

    /** Adds the labels of an image. */
    public Counts add(LabelMap map) {
      for (int i = 0; i < map.labels().length; i++) {
        int y = map.label(i);
        if (y != LabelMap.IGNORE) {
          int row = (int) ((long) (i / map.width()) * side / map.height());
          int column = (int) ((long) (i % map.width()) * side / map.width());
          counts[(y * side + row) * side + column]++;
        }
      }
      return this;
    }

    /** Adds other counts. */
    public Counts merge(Counts other) {
      for (int i = 0; i < counts.length; i++) {
        counts[i] += other.counts[i];
      }
      return this;
    }

    /** The table, [L, side, side]; every label is seen once more than it was. */
    public float[] logShares() {
      float[] out = new float[counts.length];
      int cells = side * side;
      for (int c = 0; c < cells; c++) {
        long all = labels;
        for (int l = 0; l < labels; l++) {
          all += counts[l * cells + c];
        }
        for (int l = 0; l < labels; l++) {
          double share = (counts[l * cells + c] + 1.0) / all;
          out[l * cells + c] = (float) (StrictMath.log(share) / UNIT);
        }
      }
      return out;
    }
  }

  /** Writes the planes of all labels from {@code channel} on. */
  static void write(
      float[] table, int side, int labels, Window window, Planes out, int channel, InputTables s) {
    PlaneLayout layout = out.layout();
    for (int y = 0; y < layout.height(); y++) {
      double v = (window.top() + y + 0.5) * side / window.height() - 0.5;
      int above = Math.max(0, Math.min(side - 1, (int) Math.floor(v)));
      int below = Math.max(0, Math.min(side - 1, (int) Math.floor(v) + 1));
      float down = (float) (v - Math.floor(v));
      for (int x = 0; x < layout.width(); x++) {
        double u = (window.left() + x + 0.5) * side / window.width() - 0.5;
        int before = Math.max(0, Math.min(side - 1, (int) Math.floor(u)));
        int behind = Math.max(0, Math.min(side - 1, (int) Math.floor(u) + 1));
        float across = (float) (u - Math.floor(u));
        for (int l = 0; l < labels; l++) {
          int at = l * side * side;
          float upper =
              table[at + above * side + before] * (1 - across)
                  + table[at + above * side + behind] * across;
          float lower =
              table[at + below * side + before] * (1 - across)
                  + table[at + below * side + behind] * across;
          float value = upper * (1 - down) + lower * down;
          out.data()[out.plane(channel + l) + layout.index(y, x)] = s.apply(channel + l, value);
        }
      }
    }
  }
}
