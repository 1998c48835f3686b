package org.deepgm.network;

import java.util.Arrays;

/**
 * A sparse matrix of a few touched rows, in an open-addressing table: the gradient of a slice of
 * millions of parameters of which an example touches hundreds.
 *
 * <p>Cost of an addition: one probe and a row. Memory: 8 bytes a value of a touched row.
 */
public final class SparseRows {
  private final int width;
  private int[] keys = new int[64];
  private int[] order = new int[32];
  private double[] values;
  private int count;

  /** No row touched. */
  public SparseRows(int width) {
    this.width = width;
    Arrays.fill(keys, -1);
    values = new double[32 * width];
  }

  /** Values a row. */
  public int width() {
    return width;
  }

  /** Rows touched. */
  public int size() {
    return count;
  }

  /** Forgets all rows; keeps the memory. */
  public void clear() {
    Arrays.fill(keys, -1);
    Arrays.fill(values, 0, count * width, 0);
    count = 0;
  }

  /** The place of a row's values in {@link #values()}, zero until it is added to. */
  public int at(int row) {
    int mask = keys.length - 1;
    int slot = (row * 0x9E3779B1) >>> 7 & mask;
    while (keys[slot] >= 0) {
      if (order[keys[slot]] == row) {
        return keys[slot] * width;
      }
      slot = slot + 1 & mask;
    }
    if (count == order.length) {
      grow();
      return at(row);
    }
    keys[slot] = count;
    order[count] = row;
    return count++ * width;
  }

  private void grow() {
    order = Arrays.copyOf(order, 2 * order.length);
    values = Arrays.copyOf(values, order.length * width);
    keys = new int[2 * keys.length];
    Arrays.fill(keys, -1);
    int mask = keys.length - 1;
    for (int i = 0; i < count; i++) {
      int slot = (order[i] * 0x9E3779B1) >>> 7 & mask;
      while (keys[slot] >= 0) {
        slot = slot + 1 & mask;
      }
      keys[slot] = i;
    }
  }

  /** Index of the i-th touched row, in the order of their first touch. */
  public int row(int i) {
    return order[i];
  }

  /** Values of the i-th touched row start at {@code i * width()}. */
  public double[] values() {
    return values;
  }
}
