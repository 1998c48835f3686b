package org.deepgm.segmentation;

import com.fasterxml.jackson.annotation.JsonInclude;
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
public record Views(
    boolean flip,
    // What was begun before there were turned views goes on.
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean turn,
    List<Double> scales)
    implements Serializable {
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
   * The views of an image beside itself. Memory: an image for each size and its mirror.
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
          views.add(new View(shown, scale, mirrored == 1, turns));
        }
      }
    }
    return views;
  }

  /**
   * A view: the image at another size or mirrored, which is then turned counterclockwise.
   *
   * @param upright the image before it is turned
   * @param turns by so many right angles
   */
  record View(Image upright, double scale, boolean mirrored, int turns) {
    int height() {
      return turns % 2 == 0 ? upright.height() : upright.width();
    }

    int width() {
      return turns % 2 == 0 ? upright.width() : upright.height();
    }

    /** A rectangle of the view. */
    Image piece(int top, int left, int height, int width) {
      int bottom = height() - top - height;
      int right = width() - left - width;
      Image piece =
          switch (turns) {
            case 0 -> crop(top, left, height, width);
            case 1 -> crop(left, bottom, width, height);
            case 2 -> crop(bottom, right, height, width);
            default -> crop(right, top, width, height);
          };
      for (int i = 0; i < turns; i++) {
        piece = Resampling.quarterTurn(piece);
      }
      return piece;
    }

    private Image crop(int top, int left, int height, int width) {
      return height == upright.height() && width == upright.width()
          ? upright
          : upright.crop(top, left, height, width);
    }

    /** The row in which pixel (y, x) of the original lies. */
    double row(int y, int x) {
      return switch (turns) {
        case 0 -> scaled(y);
        case 1 -> height() - 1 - across(x);
        case 2 -> height() - 1 - scaled(y);
        default -> across(x);
      };
    }

    /** The column likewise. */
    double column(int y, int x) {
      return switch (turns) {
        case 0 -> across(x);
        case 1 -> scaled(y);
        case 2 -> width() - 1 - across(x);
        default -> width() - 1 - scaled(y);
      };
    }

    /** The column before the view was turned. */
    private double across(int x) {
      return mirrored ? upright.width() - 1 - scaled(x) : scaled(x);
    }

    private double scaled(int at) {
      return (at + 0.5) * scale - 0.5;
    }
  }
}
