package org.deepgm.field.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColoringTest {
  private static List<Offset> eightNeighbours(int... distances) {
    List<Offset> offsets = new ArrayList<>();
    for (int d : distances) {
      offsets.addAll(
          List.of(new Offset(0, d), new Offset(d, 0), new Offset(d, d), new Offset(d, -d)));
    }
    return offsets;
  }

  @Test
  void knownNeighbourhoodsTakeFewColours() {
    assertEquals(1, Coloring.of(List.of()).k());
    assertEquals(2, Coloring.of(List.of(new Offset(0, 1), new Offset(1, 0))).k());
    assertEquals(4, Coloring.of(eightNeighbours(1)).k());
    assertEquals(5, Coloring.of(eightNeighbours(1, 2, 4, 8)).k());
  }

  @Test
  void noEdgeJoinsOneColourAndEveryPixelHasOne() {
    for (List<Offset> offsets :
        List.of(
            eightNeighbours(1, 3),
            eightNeighbours(2, 5),
            List.of(new Offset(3, -7)),
            List.of(new Offset(0, 4), new Offset(8, 8)))) {
      Coloring coloring = Coloring.of(offsets);
      int[][] colors = new int[20][20];
      for (int y = 0; y < 20; y++) {
        for (int color = 0; color < coloring.k(); color++) {
          for (int x = coloring.residue(color, y); x < 20; x += coloring.k()) {
            colors[y][x] = color + 1;
          }
        }
      }
      for (int y = 0; y < 20; y++) {
        for (int x = 0; x < 20; x++) {
          assertNotEquals(0, colors[y][x]);
          for (Offset o : offsets) {
            int ny = y + o.dy();
            int nx = x + o.dx();
            if (ny >= 0 && ny < 20 && nx >= 0 && nx < 20) {
              assertNotEquals(colors[y][x], colors[ny][nx]);
            }
          }
        }
      }
    }
  }
}
