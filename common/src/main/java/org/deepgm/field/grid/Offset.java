package org.deepgm.field.grid;

import java.io.Serializable;

/**
 * A direction of edges on a grid: pixel (y, x) is joined to (y + dy, x + dx).
 *
 * @param dy rows down
 * @param dx columns right
 */
public record Offset(int dy, int dx) implements Serializable {
  /** Checks that it is neither zero nor absurdly far. */
  public Offset {
    if (dy == 0 && dx == 0 || Math.abs(dy) > 1024 || Math.abs(dx) > 1024) {
      throw new IllegalArgumentException(
          "Expected an offset [dy, dx] other than [0, 0] and within 1024 pixels, found ["
              + dy
              + ", "
              + dx
              + "]");
    }
  }

  /** Pixels to the farther of its two coordinates. */
  public int reach() {
    return Math.max(Math.abs(dy), Math.abs(dx));
  }
}
