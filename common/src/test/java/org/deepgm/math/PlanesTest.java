package org.deepgm.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kernel does over a plane's flat range, and what is then cleared. */
class PlanesTest {
  private static final int CHANNELS = 3;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNoPixelIsCleared(boolean tight) {
    int[][] shapes = {{1, 1, 0, 0}, {1, 40, 0, 2}, {16, 16, 1, 1}, {5, 17, 2, 3}, {7, 31, 0, 1}};
    for (int[] s : shapes) {
      PlaneLayout layout =
          tight
              ? PlaneLayout.tight(s[0], s[1], s[2], s[3])
              : PlaneLayout.of(s[0], s[1], s[2], s[3]);
      Planes planes = new Planes(CHANNELS);
      planes.reshape(layout);
      for (int c = 0; c < CHANNELS; c++) {
        int plane = planes.plane(c);
        Arrays.fill(planes.data(), plane + layout.origin(), plane + layout.end(), 1f);
      }
      planes.clearPadding();
      int left = 0;
      for (float x : planes.data()) {
        left += x != 0 ? 1 : 0;
      }
      assertEquals(CHANNELS * s[0] * s[1], left, layout.toString());
      for (int c = 0; c < CHANNELS; c++) {
        for (int i = 0; i < s[0] * s[1]; i++) {
          assertEquals(1f, planes.get(c, i / s[1], i % s[1]), layout.toString());
        }
      }
      reachesZeros(planes, s);
    }
  }

  /** From every pixel of a cleared plane, as far as its padding goes. */
  private static void reachesZeros(Planes planes, int[] s) {
    PlaneLayout layout = planes.layout();
    for (int y = 0; y < s[0]; y++) {
      for (int x = 0; x < s[1]; x++) {
        for (int dy = -s[2]; dy <= s[2]; dy++) {
          for (int dx = -s[3]; dx <= s[3]; dx++) {
            boolean inside = y + dy >= 0 && y + dy < s[0] && x + dx >= 0 && x + dx < s[1];
            int at = layout.index(y, x) + layout.tap(0, dy, dx);
            assertEquals(inside ? 1f : 0f, planes.data()[planes.plane(1) + at], layout.toString());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rangesAreWholeLanes(boolean tight) {
    for (int width = 1; width < 70; width++) {
      PlaneLayout layout =
          tight ? PlaneLayout.tight(3, width, 1, 1) : PlaneLayout.of(3, width, 1, 1);
      assertEquals(0, (layout.end() - layout.origin()) % Kernels.LANES);
      assertTrue(layout.index(2, width - 1) < layout.end());
      assertTrue(!tight || layout.rowStride() == width + 1);
    }
    assertThrows(IllegalStateException.class, PlaneLayout.tight(3, 5, 1, 1)::runLength);
    assertThrows(IllegalArgumentException.class, () -> new PlaneLayout(3, 5, 2, 1, 1, true));
  }
}
