package org.deepgm.field.grid;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;

/** A random small field on a grid, with slow and obvious versions of what the kernels compute. */
final class FieldCase {
  final GridPotentials potentials;
  final int height;
  final int width;
  final int labels;

  private FieldCase(GridPotentials potentials, int height, int width) {
    this.potentials = potentials;
    this.height = height;
    this.width = width;
    labels = potentials.labels();
  }

  static FieldCase random(
      long seed, int height, int width, int labels, List<Offset> offsets, double strength) {
    RandomStream random = RandomStream.of(seed);
    PlaneLayout layout = PlaneLayout.of(height, width, 8, 8);
    Planes node = new Planes(labels);
    node.reshape(layout);
    Planes phi = new Planes(offsets.size());
    phi.reshape(layout);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int l = 0; l < labels; l++) {
          node.set(l, y, x, (float) random.uniform(-1.5, 1.5));
        }
        for (int o = 0; o < offsets.size(); o++) {
          int ny = y + offsets.get(o).dy();
          int nx = x + offsets.get(o).dx();
          boolean inside = ny >= 0 && ny < height && nx >= 0 && nx < width;
          phi.set(o, y, x, inside ? (float) random.nextDouble() : 0f);
        }
      }
    }
    float[] weights = new float[offsets.size() * 2 * labels * labels];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.uniform(-strength, strength);
    }
    return new FieldCase(
        new GridPotentials(offsets, labels, node, true, phi, 2, weights, 0), height, width);
  }

  /** The same field with the constant feature of its edges alone. */
  FieldCase tied() {
    int size = labels * labels;
    int offsets = potentials.offsets().size();
    float[] weights = new float[offsets * size];
    for (int o = 0; o < offsets; o++) {
      System.arraycopy(potentials.weights(), potentials.weight(o, 0), weights, o * size, size);
    }
    return new FieldCase(
        new GridPotentials(
            potentials.offsets(),
            labels,
            potentials.node(),
            true,
            potentials.edgeFeatures(),
            1,
            weights,
            0),
        height,
        width);
  }

  /** One edge and its score matrix, materialised. */
  record Edge(int from, int to, double[][] score) {}

  List<Edge> edges() {
    List<Edge> edges = new ArrayList<>();
    for (int o = 0; o < potentials.offsets().size(); o++) {
      Offset offset = potentials.offsets().get(o);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int ny = y + offset.dy();
          int nx = x + offset.dx();
          if (ny < 0 || ny >= height || nx < 0 || nx >= width) {
            continue;
          }
          double[][] score = new double[labels][labels];
          for (int a = 0; a < labels; a++) {
            for (int b = 0; b < labels; b++) {
              score[a][b] = potentials.weights()[potentials.weight(o, 0) + a * labels + b];
              if (potentials.features() > 1) {
                score[a][b] +=
                    (double) potentials.edgeFeatures().get(o, y, x)
                        * potentials.weights()[potentials.weight(o, 1) + a * labels + b];
              }
            }
          }
          edges.add(new Edge(y * width + x, ny * width + nx, score));
        }
      }
    }
    return edges;
  }

  double node(int n, int l) {
    return potentials.node().get(l, n / width, n % width);
  }

  double score(int[] y) {
    double s = 0;
    for (int n = 0; n < y.length; n++) {
      s += node(n, y[n]);
    }
    for (Edge e : edges()) {
      s += e.score()[y[e.from()]][y[e.to()]];
    }
    return s;
  }

  /** ln Z by enumeration of all labellings. */
  double logPartition() {
    byte[] hidden = new byte[height * width];
    java.util.Arrays.fill(hidden, (byte) LabelMap.IGNORE);
    return logPartition(new LabelMap(height, width, hidden));
  }

  /** ln of the sum over the labellings that agree with the labelled pixels. */
  double logPartition(LabelMap gold) {
    int[] y = new int[height * width];
    double max = Double.NEGATIVE_INFINITY;
    List<Double> scores = new ArrayList<>();
    boolean more = true;
    while (more) {
      double s = agrees(gold, y) ? score(y) : Double.NEGATIVE_INFINITY;
      scores.add(s);
      max = Math.max(max, s);
      int n = 0;
      while (n < y.length && ++y[n] == labels) {
        y[n++] = 0;
      }
      more = n < y.length;
    }
    double sum = 0;
    for (double s : scores) {
      sum += Math.exp(s - max);
    }
    return max + Math.log(sum);
  }

  private static boolean agrees(LabelMap gold, int[] y) {
    for (int n = 0; n < y.length; n++) {
      if (gold.label(n) != LabelMap.IGNORE && gold.label(n) != y[n]) {
        return false;
      }
    }
    return true;
  }

  /** F(q) in double precision, term by term. */
  double freeEnergyBound(double[][] q) {
    double f = 0;
    for (int n = 0; n < q.length; n++) {
      for (int l = 0; l < labels; l++) {
        if (q[n][l] > 0) {
          f += q[n][l] * (node(n, l) - Math.log(q[n][l]));
        }
      }
    }
    for (Edge e : edges()) {
      for (int a = 0; a < labels; a++) {
        for (int b = 0; b < labels; b++) {
          f += q[e.from()][a] * q[e.to()][b] * e.score()[a][b];
        }
      }
    }
    return f;
  }

  /** softmax(s_n + messages) of one pixel, in double precision. */
  double[] update(double[][] q, int n) {
    double[] u = new double[labels];
    for (int l = 0; l < labels; l++) {
      u[l] = node(n, l);
    }
    for (Edge e : edges()) {
      for (int a = 0; a < labels; a++) {
        for (int b = 0; b < labels; b++) {
          if (e.from() == n) {
            u[a] += e.score()[a][b] * q[e.to()][b];
          }
          if (e.to() == n) {
            u[b] += e.score()[a][b] * q[e.from()][a];
          }
        }
      }
    }
    double max = Double.NEGATIVE_INFINITY;
    for (double v : u) {
      max = Math.max(max, v);
    }
    double sum = 0;
    for (int l = 0; l < labels; l++) {
      u[l] = Math.exp(u[l] - max);
      sum += u[l];
    }
    for (int l = 0; l < labels; l++) {
      u[l] /= sum;
    }
    return u;
  }

  double[][] marginals(Planes q) {
    double[][] out = new double[height * width][labels];
    for (int n = 0; n < out.length; n++) {
      for (int l = 0; l < labels; l++) {
        out[n][l] = q.get(l, n / width, n % width);
      }
    }
    return out;
  }
}
