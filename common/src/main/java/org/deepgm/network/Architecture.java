package org.deepgm.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deepgm.network.LayerSpec.Join;
import org.deepgm.network.LayerSpec.Normalize;
import org.deepgm.network.LayerSpec.Pool;

/**
 * Layers in their order, with the sizes and channels that follow for each: what of a network can be
 * known without an image. Level k is the image at a 2^k-th of its size, rounded up.
 */
public final class Architecture {
  /** The place of the input among the stages. */
  static final int INPUT = -1;

  /** No skip. */
  static final int NONE = -2;

  /**
   * A layer in its place.
   *
   * @param layer what it is
   * @param title what it is called in messages
   * @param inputs channels of the layer before it
   * @param reads channels that its convolution reads: with those appended
   * @param outputs channels
   * @param from level of its input
   * @param to its own level
   * @param skip index of the earlier layer that it joins, {@link #INPUT} or {@link #NONE}
   */
  record Stage(
      LayerSpec layer,
      String title,
      int inputs,
      int reads,
      int outputs,
      int from,
      int to,
      int skip) {
    boolean appends() {
      return skip != NONE && layer.join() == Join.APPEND;
    }

    boolean adds() {
      return skip != NONE && layer.join() == Join.ADD;
    }

    boolean convolves() {
      return layer.pool() == Pool.NONE;
    }

    boolean gathers() {
      return layer.upsample() > 1 || appends();
    }

    int area(boolean line) {
      return line ? layer.kernel() : layer.kernel() * layer.kernel();
    }
  }

  /**
   * What a network costs, by pixel of the input.
   *
   * @param parameters how many
   * @param operations multiply-adds of the convolutions, forward
   * @param activations floats that are kept for the backward pass
   */
  public record Cost(long parameters, double operations, double activations) {}

  private static final int MOST_LEVELS = 9;

  private final List<Stage> stages = new ArrayList<>();
  private final boolean counted;
  private final int inputs;
  private final boolean line;
  private int top;
  private int levels = 1;

  private Architecture(int inputs, boolean line, boolean counted) {
    this.counted = counted;
    this.inputs = inputs;
    this.line = line;
    top = inputs;
  }

  /**
   * Puts layers together.
   *
   * @param line whether images are lines: kernels have one row
   * @throws IllegalArgumentException with the layer that does not fit
   */
  public static Architecture of(int inputs, List<LayerSpec> layers, boolean line) {
    return of(inputs, layers, line, true);
  }

  /**
   * Checks all of layers that does not depend on how many channels their input has.
   *
   * @throws IllegalArgumentException with the layer that does not fit
   */
  public static void check(List<LayerSpec> layers) {
    of(1, layers, false, false);
  }

  private static Architecture of(
      int inputs, List<LayerSpec> layers, boolean line, boolean counted) {
    Architecture made = new Architecture(inputs, line, counted);
    Map<String, Integer> names = new HashMap<>();
    for (LayerSpec layer : layers) {
      made.add(layer, names);
    }
    if (!made.stages.isEmpty()) {
      Stage last = made.stages.get(made.stages.size() - 1);
      if (last.to() > 0) {
        throw unfit("the size of the input at the end", last.title(), part(last.to()) + " of it");
      }
    }
    return made;
  }

  private void add(LayerSpec layer, Map<String, Integer> names) {
    int index = stages.size();
    String title = "layer " + (index + 1) + (layer.name() == null ? "" : " (" + layer.name() + ")");
    int from = index == 0 ? 0 : stages.get(index - 1).to();
    int up = Integer.numberOfTrailingZeros(layer.upsample());
    if (up > from) {
      throw unfit("an upsample that stays within the input", title, "" + layer.upsample());
    }
    int to = from - up + (layer.stride() > 1 ? 1 : 0);
    if (to + 1 > MOST_LEVELS) {
      throw unfit("at most " + (MOST_LEVELS - 1) + " halvings", title, "one more");
    }
    levels = Math.max(levels, to + 1);
    int outputs = layer.pool() == Pool.NONE ? layer.channels() : top;
    int skip = NONE;
    int reads = top;
    if (layer.skip() != null) {
      skip = LayerSpec.INPUT.equals(layer.skip()) ? INPUT : names.getOrDefault(layer.skip(), NONE);
      if (skip == NONE) {
        throw unfit("the name of an earlier layer as skip", title, layer.skip());
      }
      int level = skip == INPUT ? 0 : stages.get(skip).to();
      if (level != to) {
        String expected = "a skip of the same size, " + part(to) + " of the input,";
        throw unfit(expected, title, layer.skip() + " with " + part(level));
      }
      int channels = skip == INPUT ? inputs : stages.get(skip).outputs();
      if (layer.join() == Join.APPEND) {
        reads += channels;
      } else if (counted && channels != outputs) {
        throw unfit(outputs + " channels of the skip that is added", title, "" + channels);
      }
    }
    boolean other = counted && layer.channels() != top;
    if (layer.residual() && (other || from != to)) {
      String expected = from == to ? top + " channels" : "the size of its input";
      throw new IllegalArgumentException(
          "Expected "
              + expected
              + " in residual "
              + title
              + " of layers, found "
              + (from == to ? layer.channels() : "another"));
    }
    if (counted && layer.depthwise() && layer.channels() != reads) {
      throw unfit(reads + " channels, depthwise,", title, "" + layer.channels());
    }
    if (layer.normalize() == Normalize.GROUP && outputs % layer.groups() != 0) {
      throw unfit("channels in " + layer.groups() + " equal groups", title, "" + outputs);
    }
    if (layer.name() != null && names.put(layer.name(), index) != null) {
      throw unfit("each name once", title, layer.name() + " twice");
    }
    stages.add(new Stage(layer, title, top, reads, outputs, from, to, skip));
    top = outputs;
  }

  private static IllegalArgumentException unfit(String expected, String title, String found) {
    return new IllegalArgumentException(
        "Expected " + expected + " in " + title + " of layers, found " + found);
  }

  private static String part(int level) {
    return level == 0 ? "all" : "1/" + (1 << level);
  }

  List<Stage> stages() {
    return stages;
  }

  boolean line() {
    return line;
  }

  int levels() {
    return levels;
  }

  /**
   * Channels of the layer of a name.
   *
   * @throws IllegalArgumentException if there is none, or it has not the size of the input
   */
  public int channels(String name) {
    for (Stage s : stages) {
      if (name.equals(s.layer().name())) {
        if (s.to() > 0) {
          throw unfit("edge features of a layer of the input's size", s.title(), part(s.to()));
        }
        return s.outputs();
      }
    }
    throw new IllegalArgumentException(
        "Expected the name of one of the layers for edge features, found " + name);
  }

  /** Channels at the top. */
  public int top() {
    return top;
  }

  /** Pixels from which on sizes divide: pieces of images begin at multiples of it. */
  public int stride() {
    return 1 << (levels - 1);
  }

  /** Whether a pixel depends on the whole image: by a pool over it, or by a normalisation. */
  public boolean needsWhole() {
    return stages.stream()
        .map(Stage::layer)
        .anyMatch(
            l -> l.normalize() != Normalize.NONE || l.pool() == Pool.CONTEXT && l.window() == 0);
  }

  /** How far taps reach at a level: the padding that its planes need. */
  public int reach(int level) {
    int most = 0;
    for (Stage s : stages) {
      if (s.to() == level && s.convolves()) {
        int reach = s.layer().reach();
        most = Math.max(most, s.layer().stride() == 1 ? reach : (reach + 1) / 2);
      }
    }
    return most;
  }

  /**
   * Pixels beyond which nothing of an image acts on a pixel at the top, where pieces begin at
   * multiples of {@link #stride}; of no use where {@link #needsWhole} is true.
   */
  public int radius() {
    int sum = 0;
    for (Stage s : stages) {
      LayerSpec layer = s.layer();
      int conv = layer.stride() == 1 ? s.to() : s.from();
      sum += layer.reach() << conv;
      // A pixel stands for those of its square, which begin at most a square before it.
      sum += layer.stride() > 1 ? 1 << s.to() : 0;
      sum += layer.upsample() > 1 ? 2 << s.from() : 0;
      sum += (layer.window() / 2) << s.to();
    }
    return sum;
  }

  /** What it costs. */
  public Cost cost() {
    long parameters = 0;
    double operations = 0;
    double activations = inputs;
    for (Stage s : stages) {
      double pixels = line ? Math.pow(2, -s.to()) : Math.pow(4, -s.to());
      if (s.convolves()) {
        long weights = (long) s.outputs() * (s.layer().depthwise() ? 1 : s.reads()) * s.area(line);
        boolean normalized = s.layer().normalize() != Normalize.NONE;
        parameters += weights + s.outputs() * (normalized ? 3L : 1);
        operations += weights * pixels;
        activations += normalized ? s.outputs() * pixels : 0;
      }
      activations += s.outputs() * pixels;
      activations += s.gathers() ? s.reads() * pixels : 0;
      activations += s.convolves() && s.layer().stride() > 1 ? 4 * s.inputs() * pixels : 0;
    }
    return new Cost(parameters, operations, activations);
  }

  /** The cost in a line for people. */
  public String describe() {
    Cost cost = cost();
    return String.format(
        Locale.ROOT,
        "%,d parameters in %d layers, %,.0f multiply-adds and %,.0f activations a pixel",
        cost.parameters(),
        stages.size(),
        cost.operations(),
        cost.activations());
  }
}
