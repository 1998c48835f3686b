package org.deepgm.network;

import org.deepgm.math.PlaneLayout;

/**
 * The layouts of an image's levels: level 0 is the image, each next one half as large. Rows of the
 * smaller ones are tight: at an eighth of the size of a piece of 128 x 128 pixels, whole lanes
 * would be half padding.
 */
final class Pyramid {
  private final Architecture architecture;
  private final PlaneLayout[] layouts;

  Pyramid(Architecture architecture) {
    this.architecture = architecture;
    layouts = new PlaneLayout[architecture.levels()];
  }

  /** Takes the layout of an image. */
  void bind(PlaneLayout image) {
    if (image.equals(layouts[0])) {
      return;
    }
    layouts[0] = image;
    for (int k = 1; k < layouts.length; k++) {
      int height = (layouts[k - 1].height() + 1) / 2;
      int width = (layouts[k - 1].width() + 1) / 2;
      int reach = architecture.reach(k);
      layouts[k] = PlaneLayout.tight(height, width, architecture.line() ? 0 : reach, reach);
    }
  }

  PlaneLayout layout(int level) {
    return layouts[level];
  }
}
