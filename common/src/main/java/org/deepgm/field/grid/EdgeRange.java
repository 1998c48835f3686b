package org.deepgm.field.grid;

import org.deepgm.math.PlaneLayout;

/** The pixels of an unsplit grid from which an edge of one offset stays inside: a rectangle. */
final class EdgeRange {
  final int top;
  final int bottom;
  final int left;
  final int right;
  final int tap;

  EdgeRange(PlaneLayout layout, Offset offset) {
    top = Math.max(0, -offset.dy());
    bottom = Math.min(layout.height(), layout.height() - offset.dy());
    left = Math.max(0, -offset.dx());
    right = Math.min(layout.width(), layout.width() - offset.dx());
    tap = layout.tap(0, offset.dy(), offset.dx());
  }

  /** Whether the image is too small for a single edge. */
  boolean empty() {
    return top >= bottom || left >= right;
  }

  /** Pixels of a row that have the edge. */
  int length() {
    return Math.max(0, right - left);
  }
}
