package org.deepgm.field.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.field.graph.Elimination;
import org.deepgm.field.graph.Factor;
import org.deepgm.field.graph.FactorGraph;
import org.deepgm.field.graph.GraphMarginals;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;

/**
 * Exact inference in a field on a narrow grid, by {@link Elimination}: clamped pixels are taken out
 * first, so that the graph has the free ones alone. In double precision. Cost and memory grow with
 * L to the power of the shorter side (times the reach of the offsets).
 */
public final class GridElimination implements GridEngine {
  /** Most bytes for tables; several images are inferred at once on an executor. */
  private static final long MEMORY = 512L << 20;

  private final int labels;
  private Inference<GraphMarginals> found;
  private int[][] factorOf;
  private double constant;

  /** An engine for fields of so many labels. */
  public GridElimination(int labels) {
    this.labels = labels;
  }

  /**
   * The field as a factor graph; variable y W + x is pixel (y, x), edges stand offset by offset.
   */
  public static FactorGraph graph(GridPotentials potentials) {
    PlaneLayout layout = potentials.node().layout();
    Planes one = new Planes(potentials.labels());
    one.reshape(layout);
    return new GridElimination(potentials.labels()).graph(potentials, one, null);
  }

  /** A labelling of the highest score. */
  static LabelMap best(GridPotentials potentials) {
    PlaneLayout layout = potentials.node().layout();
    int[] y = new Elimination(graph(potentials), MEMORY).argmax();
    byte[] labels = new byte[y.length];
    for (int n = 0; n < y.length; n++) {
      labels[n] = (byte) y[n];
    }
    return new LabelMap(layout.height(), layout.width(), labels);
  }

  private FactorGraph graph(GridPotentials potentials, Planes q, boolean[] free) {
    PlaneLayout layout = potentials.node().layout();
    int pixels = layout.height() * layout.width();
    int[] variable = new int[pixels];
    List<double[]> nodes = new ArrayList<>();
    constant = 0;
    for (int n = 0; n < pixels; n++) {
      int at = layout.index(n / layout.width(), n % layout.width());
      double[] scores = new double[labels];
      for (int l = 0; l < labels; l++) {
        scores[l] = potentials.node().data()[potentials.node().plane(l) + at];
      }
      if (free == null || free[n]) {
        variable[n] = nodes.size();
        nodes.add(scores);
      } else {
        int y = label(q, at);
        variable[n] = -1 - y;
        constant += scores[y];
      }
    }
    List<Factor> edges = new ArrayList<>();
    factorOf = new int[potentials.offsets().size()][pixels];
    for (int o = 0; o < potentials.offsets().size(); o++) {
      Arrays.fill(factorOf[o], -1);
      EdgeRange range = new EdgeRange(layout, potentials.offsets().get(o));
      int step =
          potentials.offsets().get(o).dy() * layout.width() + potentials.offsets().get(o).dx();
      for (int y = range.top; y < range.bottom; y++) {
        for (int x = range.left; x < range.right; x++) {
          int n = y * layout.width() + x;
          double[] table = table(potentials, o, layout.index(y, x));
          int a = variable[n];
          int b = variable[n + step];
          if (a >= 0 && b >= 0) {
            factorOf[o][n] = edges.size();
            edges.add(new Factor(new int[] {a, b}, table));
          } else if (a < 0 && b < 0) {
            constant += table[(-1 - a) * labels + (-1 - b)];
          } else {
            double[] scores = nodes.get(Math.max(a, b));
            for (int l = 0; l < labels; l++) {
              scores[l] += table[a >= 0 ? l * labels + (-1 - b) : (-1 - a) * labels + l];
            }
          }
        }
      }
    }
    List<Factor> factors = new ArrayList<>(edges);
    for (int v = 0; v < nodes.size(); v++) {
      factors.add(new Factor(new int[] {v}, nodes.get(v)));
    }
    int[] cardinalities = new int[nodes.size()];
    Arrays.fill(cardinalities, labels);
    return new FactorGraph(cardinalities, factors);
  }

  private int label(Planes q, int at) {
    int best = 0;
    for (int l = 1; l < labels; l++) {
      best = q.data()[q.plane(l) + at] > q.data()[q.plane(best) + at] ? l : best;
    }
    return best;
  }

  /** s_e of one edge, [L, L]. */
  private double[] table(GridPotentials potentials, int o, int at) {
    double[] table = new double[labels * labels];
    for (int k = 0; k < potentials.features(); k++) {
      double phi = feature(potentials, o, k, at);
      for (int i = 0; i < table.length; i++) {
        table[i] += phi * potentials.weights()[potentials.weight(o, k) + i];
      }
    }
    return table;
  }

  private static double feature(GridPotentials potentials, int o, int k, int at) {
    if (potentials.constant() && k == 0) {
      return 1;
    }
    Planes planes = potentials.edgeFeatures();
    return planes.data()[planes.plane(potentials.featurePlane(o, k)) + at];
  }

  @Override
  public Result run(GridPotentials potentials, Planes q, boolean[] free) {
    PlaneLayout layout = potentials.node().layout();
    q.reshape(layout);
    FactorGraph graph = graph(potentials, q, free);
    try {
      found = new Elimination(graph, MEMORY).infer(true);
    } catch (InputException e) {
      throw new InputException(
          "field.engine = elimination on an image of "
              + layout.width()
              + " x "
              + layout.height()
              + " pixels: "
              + e.getMessage(),
          e);
    }
    int v = 0;
    for (int n = 0; n < layout.height() * layout.width(); n++) {
      if (free == null || free[n]) {
        int at = layout.index(n / layout.width(), n % layout.width());
        for (int l = 0; l < labels; l++) {
          q.data()[q.plane(l) + at] = (float) found.marginals().nodes()[v][l];
        }
        v++;
      }
    }
    return new Result(0, true, 0);
  }

  @Override
  public Bound bound(GridPotentials potentials) {
    return Bound.EXACT;
  }

  @Override
  public double logPartition(GridPotentials potentials, Planes q) {
    return found.logPartition() + constant;
  }

  private interface EdgeVisitor {
    void visit(int o, int at, double[] joint);
  }

  /** Visits all edges with their joint marginals; with a clamped end they are a product. */
  private void edges(GridPotentials potentials, Planes q, EdgeVisitor visitor) {
    PlaneLayout layout = potentials.node().layout();
    double[] product = new double[labels * labels];
    for (int o = 0; o < potentials.offsets().size(); o++) {
      EdgeRange range = new EdgeRange(layout, potentials.offsets().get(o));
      for (int y = range.top; y < range.bottom; y++) {
        for (int x = range.left; x < range.right; x++) {
          int at = layout.index(y, x);
          int f = factorOf[o][y * layout.width() + x];
          if (f >= 0) {
            visitor.visit(o, at, found.marginals().factors()[f]);
            continue;
          }
          for (int i = 0; i < product.length; i++) {
            product[i] =
                (double) q.data()[q.plane(i / labels) + at]
                    * q.data()[q.plane(i % labels) + at + range.tap];
          }
          visitor.visit(o, at, product);
        }
      }
    }
  }

  @Override
  public void addWeightGradient(
      GridPotentials potentials, Planes q, double sign, double[] gradient, int at) {
    edges(
        potentials,
        q,
        (o, pixel, joint) -> {
          for (int k = 0; k < potentials.features(); k++) {
            double phi = sign * feature(potentials, o, k, pixel);
            int to = at + (o * potentials.features() + k) * joint.length;
            for (int i = 0; i < joint.length; i++) {
              gradient[to + i] += phi * joint[i];
            }
          }
        });
  }

  @Override
  public void addFeatureGradient(
      GridPotentials potentials, int k, Planes q, float sign, Planes featureGradient) {
    edges(
        potentials,
        q,
        (o, pixel, joint) -> {
          double sum = 0;
          for (int i = 0; i < joint.length; i++) {
            sum += joint[i] * potentials.weights()[potentials.weight(o, k) + i];
          }
          int to = featureGradient.plane(potentials.featurePlane(o, k)) + pixel;
          featureGradient.data()[to] += (float) (sign * sum);
        });
  }
}
