package org.deepgm.network;

import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.Architecture.Stage;

/** A layer at work: what it keeps between the passes. */
abstract class Layer {
  /**
   * What a training pass blanks.
   *
   * @param rate share of the values of every convolution
   * @param random null blanks nothing
   */
  record Noise(double rate, RandomStream random) {
    /** Nothing. */
    static final Noise NONE = new Noise(0, null);
  }

  /** Takes the gradient on what a layer joins: some channels of planes. */
  interface SkipSink {
    void accept(Planes gradient, int first, int channels);
  }

  final Stage stage;

  /** What it puts out. */
  private Planes out;

  /** Gradient from layers that skip to this one; null where none can. */
  private Planes skipped;

  private boolean pending;
  private boolean given;

  Layer(Stage stage) {
    this.stage = stage;
    out = new Planes(stage.outputs());
  }

  /** Takes new parameters. */
  abstract void load(float[] parameters);

  /**
   * Computes {@link #out}, with clean padding.
   *
   * @param joined what it joins, or null
   */
  abstract void forward(Planes in, Planes joined, Noise noise, Workspace workspace);

  /**
   * Adds the gradients of its parameters, and finds that on its input.
   *
   * @param g the gradient on what it put out, clean padding; may be overwritten
   * @param next where the gradient on the input goes, its padding left to be cleared; null for
   *     nowhere
   * @param joined takes the gradient on what it joins
   */
  abstract void backward(
      Planes in,
      Planes g,
      double[] gradient,
      Planes next,
      SkipSink joined,
      Noise noise,
      Workspace workspace);

  /** Gives up what only a backward pass needs. */
  void forwardOnly(Workspace workspace) {
    // Nothing beside what it puts out.
  }

  final Planes out() {
    return out;
  }

  /** Puts out into planes that others use as well. */
  final void outInto(Planes planes) {
    out = planes;
  }

  /** Lets later layers skip to this one. */
  final void share() {
    skipped = skipped == null ? new Planes(stage.outputs()) : skipped;
  }

  final boolean isShared() {
    return skipped != null;
  }

  /** Takes a gradient for the next pass back. */
  final void give(Planes gradient) {
    given = false;
    pending = false;
    take(gradient, 0, stage.outputs());
    given = true;
  }

  /** Begins a pass back. */
  final void begin() {
    pending = given;
    given = false;
  }

  /** Takes a gradient of a layer that skips to this one. */
  final void take(Planes gradient, int first, int channels) {
    collect(gradient, first, channels, skipped, pending);
    pending = true;
  }

  /** The gradient on what it put out, with what layers that skip to it gave. */
  final void complete(Planes g) {
    if (pending) {
      add(skipped, g, stage.outputs());
    }
  }

  /** Copies some channels, or adds them where there is something. */
  static void collect(Planes from, int first, int channels, Planes to, boolean more) {
    to.reshape(from.layout());
    int at = from.plane(first);
    int n = from.plane(channels);
    if (!more) {
      System.arraycopy(from.data(), at, to.data(), 0, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      to.data()[i] += from.data()[at + i];
    }
  }

  static void add(Planes from, Planes to, int channels) {
    float[] a = from.data();
    float[] b = to.data();
    int n = from.plane(channels);
    for (int i = 0; i < n; i++) {
      b[i] += a[i];
    }
  }

  /** The name of one of a layer's slices. */
  static String slice(int layer, String part) {
    return "layer" + (layer + 1) + "." + part;
  }
}
