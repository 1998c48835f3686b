package org.deepgm.field.grid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.structure.Structure;
import org.deepgm.structure.StructureTest;

/** Fields of a few pixels by elimination, in single precision. */
class GridEliminationTest extends StructureTest<GridPotentials, Planes, LabelMap> {
  private static final List<Offset> OFFSETS = List.of(new Offset(0, 1), new Offset(1, 0));
  private static final int LABELS = 2;
  private static final int HEIGHT = 2;
  private static final int WIDTH = 3;

  private final GridField field =
      new GridField(
          Kernels.best(),
          new InferenceOptions(
              InferenceOptions.Engine.ELIMINATION, InferenceOptions.Schedule.AUTO, 0.5, 1, 1e-3),
          LABELS,
          OFFSETS.size(),
          OFFSETS.size(),
          0);

  @Override
  protected Structure<GridPotentials, Planes, LabelMap> structure() {
    return field;
  }

  @Override
  protected int cases() {
    return 5;
  }

  @Override
  protected GridPotentials scores(int seed) {
    return FieldCase.random(seed, HEIGHT, WIDTH, LABELS, OFFSETS, 0.8).potentials;
  }

  /** Node scores, then W. */
  @Override
  protected double[] flat(GridPotentials s) {
    double[] flat = nodes(s.node());
    int weights = OFFSETS.size() * s.features() * LABELS * LABELS;
    double[] all = Arrays.copyOf(flat, flat.length + weights);
    for (int i = 0; i < weights; i++) {
      all[flat.length + i] = s.weights()[s.weightOffset() + i];
    }
    return all;
  }

  private static double[] nodes(Planes planes) {
    double[] flat = new double[HEIGHT * WIDTH * LABELS];
    for (int i = 0; i < flat.length; i++) {
      int pixel = i / LABELS;
      flat[i] = planes.get(i % LABELS, pixel / WIDTH, pixel % WIDTH);
    }
    return flat;
  }

  /** The expectations of W are formed while the field holds its last inference. */
  @Override
  protected double[] flat(GridPotentials s, Planes marginals) {
    double[] nodes = nodes(marginals);
    double[] all = Arrays.copyOf(nodes, flat(s).length);
    field.addWeightGradient(s, 1, all, nodes.length);
    return all;
  }

  @Override
  protected int inGradient(GridPotentials s) {
    return HEIGHT * WIDTH * LABELS;
  }

  @Override
  protected GridPotentials with(GridPotentials s, double[] flat) {
    Planes node = new Planes(LABELS);
    node.reshape(s.node().layout());
    int nodes = HEIGHT * WIDTH * LABELS;
    for (int i = 0; i < nodes; i++) {
      int pixel = i / LABELS;
      node.set(i % LABELS, pixel / WIDTH, pixel % WIDTH, (float) flat[i]);
    }
    float[] weights = new float[flat.length - nodes];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) flat[nodes + i];
    }
    return new GridPotentials(
        s.offsets(), LABELS, node, true, s.edgeFeatures(), s.features(), weights, 0);
  }

  @Override
  protected List<Atom<LabelMap>> atoms(GridPotentials s) {
    List<Atom<LabelMap>> atoms = new ArrayList<>();
    for (int bits = 0; bits < 1 << HEIGHT * WIDTH; bits++) {
      byte[] y = new byte[HEIGHT * WIDTH];
      for (int n = 0; n < y.length; n++) {
        y[n] = (byte) (bits >> n & 1);
      }
      atoms.add(new Atom<>(indicators(s, y), new LabelMap(HEIGHT, WIDTH, y)));
    }
    return atoms;
  }

  private double[] indicators(GridPotentials s, byte[] y) {
    double[] indicators = new double[flat(s).length];
    int nodes = y.length * LABELS;
    for (int n = 0; n < y.length; n++) {
      indicators[n * LABELS + y[n]] = 1;
      for (int o = 0; o < OFFSETS.size(); o++) {
        int ny = n / WIDTH + OFFSETS.get(o).dy();
        int nx = n % WIDTH + OFFSETS.get(o).dx();
        if (ny >= HEIGHT || nx >= WIDTH) {
          continue;
        }
        int pair = y[n] * LABELS + y[ny * WIDTH + nx];
        for (int k = 0; k < s.features(); k++) {
          double phi = k == 0 ? 1 : s.edgeFeatures().get(o, n / WIDTH, n % WIDTH);
          int at = (o * s.features() + k) * LABELS * LABELS;
          indicators[nodes + at + pair] += phi;
        }
      }
    }
    return indicators;
  }

  @Override
  protected List<LabelMap> given(GridPotentials s, List<Atom<LabelMap>> atoms, int seed) {
    byte[] some = atoms.get(13).labels().labels().clone();
    some[seed % some.length] = (byte) LabelMap.IGNORE;
    some[(seed + 2) % some.length] = (byte) LabelMap.IGNORE;
    return List.of(atoms.get(21).labels(), new LabelMap(HEIGHT, WIDTH, some));
  }

  @Override
  protected boolean agrees(LabelMap atom, LabelMap given) {
    for (int n = 0; n < given.labels().length; n++) {
      if (given.label(n) != LabelMap.IGNORE && given.label(n) != atom.label(n)) {
        return false;
      }
    }
    return true;
  }

  @Override
  protected boolean same(LabelMap a, LabelMap b) {
    return Arrays.equals(a.labels(), b.labels());
  }

  @Override
  protected OptionalDouble entropy(GridPotentials s) {
    return OptionalDouble.of(field.entropy(s, field.infer(s)));
  }

  @Override
  protected double close() {
    return 1e-6;
  }

  @Override
  protected double step() {
    return 1.0 / 64;
  }

  @Override
  protected double closeDerivative() {
    return 2e-4;
  }
}
