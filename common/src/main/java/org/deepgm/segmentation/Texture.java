package org.deepgm.segmentation;

import java.io.Serializable;
import java.util.List;

/**
 * What a scorer sees of a pixel's surroundings at large, for scorers that learn little themselves:
 * shares of patterns and textons in windows around it, and how common a class is at its place.
 *
 * @param windows sides of the windows, odd
 * @param patterns whether the shares of local binary patterns are seen, see {@link LocalPatterns}
 * @param textons size of a dictionary of filter responses whose words' shares are seen; 0 for none
 * @param place side of the grid on which class frequencies are kept; 0 for none
 */
public record Texture(List<Integer> windows, boolean patterns, int textons, int place)
    implements Serializable {
  /** Nothing. */
  public static final Texture NONE = new Texture(List.of(), false, 0, 0);

  /** Checks the ranges. */
  public Texture {
    windows = List.copyOf(windows);
    for (int w : windows) {
      require(w >= 1 && w <= 501 && w % 2 == 1, "odd scorer.texture.windows in 1..501", w);
    }
    require(textons >= 0 && textons <= 256, "scorer.texture.textons in 0..256", textons);
    require(place >= 0 && place <= 64, "scorer.texture.place in 0..64", place);
    boolean shares = patterns || textons > 0;
    require(!shares || !windows.isEmpty(), "scorer.texture.windows for shares", "none");
  }

  private static void require(boolean holds, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** Whether anything is seen. */
  boolean any() {
    return patterns || textons > 0 || place > 0;
  }

  /** Planes of it. */
  int channels(int labels) {
    int words = (patterns ? LocalPatterns.CODES : 0) + textons;
    return words * windows.size() + (place > 0 ? labels : 0);
  }

  /** Pixels that it sees in each direction, beyond what the filter bank does. */
  int radius() {
    boolean shares = patterns || textons > 0;
    return shares ? windows.stream().mapToInt(w -> w / 2).max().orElse(0) + 1 : 0;
  }
}
