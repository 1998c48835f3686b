package org.deepgm.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.field.grid.Offset;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.LayerSpec;
import org.deepgm.segmentation.Augmentation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.Learning;
import org.deepgm.segmentation.SegmentationObjective;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.InputTables;

/** The seeded inputs that benchmarks and comparisons share. */
final class Workloads {
  /** The neighbourhood of 8: each pixel joined to four, in both directions. */
  static final List<Offset> NEAR =
      List.of(new Offset(0, 1), new Offset(1, 0), new Offset(1, 1), new Offset(1, -1));

  private Workloads() {}

  /** How strongly labels of neighbours are coupled. */
  enum Coupling {
    /** Random matrices, gentle. */
    MEDIUM,
    /** 1 on the diagonal. */
    POTTS
  }

  /** The neighbourhood of 8 of these, {@link #NEAR}. */
  static GridPotentials field(
      int labels, int height, int width, Coupling coupling, boolean contrast) {
    return field(NEAR, labels, height, width, coupling, contrast);
  }

  /** A field; with contrast a second matrix an offset, weighted by a random feature. */
  static GridPotentials field(
      List<Offset> offsets,
      int labels,
      int height,
      int width,
      Coupling coupling,
      boolean contrast) {
    RandomStream random = RandomStream.of(labels, height, width);
    PlaneLayout layout = PlaneLayout.of(height, width, 2, 2);
    Planes node = new Planes(labels);
    node.reshape(layout);
    for (int l = 0; l < labels; l++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          node.set(l, y, x, (float) random.uniform(-1.5, 1.5));
        }
      }
    }
    int features = contrast ? 2 : 1;
    float[] weights = new float[offsets.size() * features * labels * labels];
    for (int i = 0; i < weights.length; i++) {
      int pair = i % (labels * labels);
      boolean diagonal = pair / labels == pair % labels;
      weights[i] =
          coupling == Coupling.POTTS
              ? (diagonal ? 0.5f : 0f)
              : (float) (0.15 * random.nextGaussian() + (diagonal ? 0.3 : 0));
    }
    Planes phi = new Planes(contrast ? offsets.size() : 0);
    if (contrast) {
      phi.reshape(layout);
      for (int o = 0; o < offsets.size(); o++) {
        fillEdges(phi, o, offsets.get(o), height, width, random);
      }
    }
    return new GridPotentials(offsets, labels, node, true, phi, features, weights, 0);
  }

  private static void fillEdges(
      Planes phi, int o, Offset offset, int height, int width, RandomStream random) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int ny = y + offset.dy();
        int nx = x + offset.dx();
        boolean inside = ny < height && nx >= 0 && nx < width;
        phi.set(o, y, x, inside ? (float) random.nextDouble() : 0f);
      }
    }
  }

  /** Parallel sweeps without damping, so many of them. */
  static InferenceOptions sweeps(int count) {
    return new InferenceOptions(Schedule.PARALLEL, 0, count, 0);
  }

  /** A convolution of hidden layers given as channels and dilations, under a field of 4 offsets. */
  static SegmentationSpec network(int labels, int[] channels, int[] dilations, int sweeps) {
    List<LayerSpec> layers = new ArrayList<>();
    for (int i = 0; i < channels.length; i++) {
      layers.add(new LayerSpec(channels[i], 3, dilations[i], false));
    }
    return new SegmentationSpec(
        labels,
        3,
        SegmentationSpec.Features.COLOR,
        1,
        true,
        layers,
        0,
        sweeps == 0 ? List.of() : NEAR,
        true,
        false,
        1,
        sweeps(Math.max(1, sweeps)));
  }

  /** The architecture "dilated" of reference.conf, see {@link #layers}. */
  static final String DILATED = "24k1 24 24d2r 32d4 32d8r 32d16r";

  /** The architecture "strided". */
  static final String STRIDED =
      "16k1=full 24s=half 48s 48r=quarter 96s 96r 96r 96r 48k1u&quarter 48r 24k1 24k1u&half 24r"
          + " 16k1 16k1u+full";

  /**
   * Layers in short: channels, then k kernel, d dilation, s stride 2, u upsample 2, r residual,
   * {@code &} a name to append or {@code +} one to add, {@code =} its own.
   */
  static List<LayerSpec> layers(String text) {
    List<LayerSpec> layers = new ArrayList<>();
    Pattern pattern =
        Pattern.compile("(\\d+)(?:k(\\d+))?(?:d(\\d+))?(s?)(u?)(r?)(?:([&+])(\\w+))?(?:=(\\w+))?");
    for (String word : text.split(" ")) {
      Matcher m = pattern.matcher(word);
      if (!m.matches()) {
        throw new IllegalArgumentException(word);
      }
      layers.add(
          new LayerSpec(
              Integer.parseInt(m.group(1)),
              m.group(2) == null ? 3 : Integer.parseInt(m.group(2)),
              m.group(3) == null ? 1 : Integer.parseInt(m.group(3)),
              !m.group(6).isEmpty(),
              m.group(9),
              m.group(4).isEmpty() ? 1 : 2,
              m.group(5).isEmpty() ? 1 : 2,
              null,
              m.group(8),
              "+".equals(m.group(7)) ? LayerSpec.Join.ADD : null,
              false,
              null,
              0,
              0,
              null,
              0,
              0));
    }
    return layers;
  }

  /** A scorer alone. */
  static SegmentationSpec alone(int labels, List<LayerSpec> layers) {
    return new SegmentationSpec(
        labels,
        3,
        SegmentationSpec.Features.COLOR,
        1,
        true,
        layers,
        0,
        List.of(),
        true,
        false,
        1,
        sweeps(1));
  }

  static SegmentationObjective objective(SegmentationSpec spec) {
    return new SegmentationObjective(
        spec,
        InputTables.identity(spec.inputs()),
        Augmentation.none(),
        new float[spec.labels()],
        Learning.LIKELIHOOD);
  }

  static Example example(int height, int width, int labels) {
    RandomStream random = RandomStream.of(height, width);
    Image image = Image.blank(height, width, 3, 8);
    byte[] gold = new byte[height * width];
    for (int n = 0; n < gold.length; n++) {
      for (int c = 0; c < 3; c++) {
        image.set(c, n, random.nextInt(256));
      }
      gold[n] = (byte) random.nextInt(labels);
    }
    return new Example("bench", image, new LabelMap(height, width, gold));
  }

  static float[] parameters(SegmentationSpec spec) {
    float[] p = new float[spec.layOut().length()];
    RandomStream random = RandomStream.of(5);
    for (int i = 0; i < p.length; i++) {
      p[i] = (float) (0.1 * random.nextGaussian());
    }
    return p;
  }

  static double[] uniform(int n) {
    double[] out = new double[n];
    Arrays.fill(out, 1.0 / n);
    return out;
  }
}
