package org.deepgm.training;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.deepgm.math.FixedPoint;
import org.deepgm.network.SparseRows;

/**
 * Sums of the touched rows of a sparse slice, in fixed point: what a task sends is as long as the
 * rows that its examples touch, whatever the length of the slice.
 */
final class RowSums implements Serializable {
  private static final long serialVersionUID = 2L;

  private transient Map<Integer, long[]> sums = new HashMap<>();
  private int width;

  /** Adds the rows of one example. */
  void add(SparseRows rows, int bits, int batch) {
    width = rows.width();
    double[] values = rows.values();
    for (int i = 0; i < rows.size(); i++) {
      long[] sum = sums.computeIfAbsent(rows.row(i), r -> new long[width]);
      for (int j = 0; j < width; j++) {
        sum[j] += FixedPoint.of(values[i * width + j], bits, batch);
      }
    }
  }

  /** Adds other sums. */
  void merge(RowSums other) {
    width = Math.max(width, other.width);
    other.sums.forEach(
        (row, values) -> {
          long[] sum = sums.computeIfAbsent(row, r -> new long[width]);
          for (int j = 0; j < values.length; j++) {
            sum[j] += values[j];
          }
        });
  }

  /** The touched rows, ascending. */
  int[] rows() {
    int[] rows = sums.keySet().stream().mapToInt(Integer::intValue).toArray();
    Arrays.sort(rows);
    return rows;
  }

  /** The sums of some rows, divided by a number, [rows.length * width]. */
  double[] means(int[] rows, int bits, long units) {
    double[] means = new double[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      long[] sum = sums.get(rows[i]);
      for (int j = 0; j < width; j++) {
        means[i * width + j] = FixedPoint.value(sum[j], bits) / units;
      }
    }
    return means;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    int[] rows = rows();
    long[] values = new long[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(sums.get(rows[i]), 0, values, i * width, width);
    }
    out.writeObject(rows);
    ArrayBytes.write(out, values);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    int[] rows = (int[]) in.readObject();
    long[] values = ArrayBytes.readLongs(in);
    sums = new HashMap<>();
    for (int i = 0; i < rows.length; i++) {
      sums.put(rows[i], Arrays.copyOfRange(values, i * width, (i + 1) * width));
    }
  }
}
