package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.image.Image;

/**
 * Views of an image that are labelled beside it, their marginals averaged.
 *
 * @param flip whether every view has a mirrored one
 * @param turn whether every view is turned by one, two and three right angles, too
 * @param scales further sizes, as factors
 */
public record Views(boolean flip, boolean turn, List<Double> scales) implements Serializable {
  /** The image alone. */
  public static final Views NONE = new Views(false, false, List.of());

  /** Checks the range. */
  public Views {
    scales = List.copyOf(scales);
    for (double s : scales) {
      if (!(s >= 0.1 && s <= 10)) {
        throw new IllegalArgumentException("Expected predict.scales in [0.1, 10], found " + s);
      }
    }
  }

  /** Whether there is more than the image. */
  public boolean any() {
    return flip || turn || !scales.isEmpty();
  }

  /** Pixels of the largest view of an image. */
  long most(Image image) {
    double scale = scales.stream().mapToDouble(s -> s).max().orElse(1);
    return (long) Math.ceil(image.pixels() * Math.max(1, scale * scale));
  }

  /**
   * The views of an image beside itself. Memory: an image each.
   *
   * @throws IllegalArgumentException if one would be too large for an array
   */
  List<View> of(Image image) {
    if (most(image) * image.channels() * (image.bits() / 8) > Integer.MAX_VALUE / 2) {
      throw new IllegalArgumentException(
          "expected views of predict.scales that fit an array, found one of "
              + most(image)
              + " pixels");
    }
    List<View> views = new ArrayList<>();
    List<Double> all = new ArrayList<>(scales);
    all.add(0, 1.0);
    for (double scale : all) {
      int height = Math.max(1, (int) Math.rint(image.height() * scale));
      int width = Math.max(1, (int) Math.rint(image.width() * scale));
      for (int mirrored = 0; mirrored < (flip ? 2 : 1); mirrored++) {
        boolean same = scale == 1 && mirrored == 0;
        Image shown =
            same
                ? image
                : Resampling.bilinear(image, 0, 0, 1 / scale, mirrored == 1, height, width);
        if (!same) {
          views.add(new View(shown, scale, mirrored == 1, 0));
        }
        for (int turns = 1; turns < (turn ? 4 : 1); turns++) {
          shown = Resampling.quarterTurn(shown);
          views.add(new View(shown, scale, mirrored == 1, turns));
        }
      }
    }
    return views;
  }

  /** A view: the image at another size, mirrored, and then turned by so many right angles. */
  record View(Image image, double scale, boolean mirrored, int turns) {
    /** The row in which pixel (y, x) of the original lies. */
    double row(int y, int x) {
      return switch (turns) {
        case 0 -> scaled(y);
        case 1 -> across(x, image.height());
        case 2 -> image.height() - 1 - scaled(y);
        default -> image.height() - 1 - across(x, image.height());
      };
    }

    /** The column likewise. */
    double column(int y, int x) {
      return switch (turns) {
        case 0 -> image.width() - 1 - across(x, image.width());
        case 1 -> scaled(y);
        case 2 -> across(x, image.width());
        default -> image.width() - 1 - scaled(y);
      };
    }

    /** Where a column lies from the right side of the view as it was before it was turned. */
    private double across(int x, int width) {
      return mirrored ? scaled(x) : width - 1 - scaled(x);
    }

    private double scaled(int at) {
      return (at + 0.5) * scale - 0.5;
    }
  }
}
