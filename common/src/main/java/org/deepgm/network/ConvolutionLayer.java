package org.deepgm.network;

import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.Architecture.Stage;
import org.deepgm.network.LayerSpec.Normalize;

/** A convolution at work, with what comes before and behind it in its layer. */
final class ConvolutionLayer extends Layer {
  private final LayerSpec spec;
  private final Filter filter;
  private final Normalization normalization;
  private final Upsampling upsampling;

  /** What the convolution reads, where that is not what the layer before puts out. */
  private Planes read;

  /** What the normalisation reads. */
  private Planes plain;

  /** Factors of the convolution's values and channels in the last forward pass. */
  private Planes mask;

  private final float[] kept;
  private final float leak;

  /**
   * A layer.
   *
   * @param index its place
   * @param line whether kernels have one row
   */
  ConvolutionLayer(Stage stage, int index, boolean line, ParameterLayout parameters) {
    super(stage);
    spec = stage.layer();
    filter = filter(stage, index, line, parameters);
    normalization = normalization(index, parameters);
    upsampling = spec.upsample() > 1 ? new Upsampling(spec.interpolation()) : null;
    read = stage.gathers() ? new Planes(stage.reads()) : null;
    plain = normalization == null ? null : new Planes(stage.outputs());
    kept = spec.dropout() > 0 ? new float[stage.outputs()] : null;
    leak = (float) spec.leak();
  }

  private static Filter filter(Stage stage, int index, boolean line, ParameterLayout parameters) {
    LayerSpec spec = stage.layer();
    int weight = parameters.slice(slice(index, "weight")).offset();
    int bias = parameters.slice(slice(index, "bias")).offset();
    int rows = line ? 1 : spec.kernel();
    int in = stage.reads();
    int to = stage.outputs();
    if (spec.depthwise()) {
      return new DepthwiseConvolution(to, rows, spec.kernel(), spec.dilation(), weight, bias);
    }
    return spec.stride() == 2
        ? new StridedConvolution(in, to, rows, spec.kernel(), weight, bias)
        : new Convolution(in, to, rows, spec.kernel(), spec.dilation(), weight, bias);
  }

  private Normalization normalization(int index, ParameterLayout parameters) {
    if (spec.normalize() == Normalize.NONE) {
      return null;
    }
    int groups =
        switch (spec.normalize()) {
          case INSTANCE -> stage.outputs();
          case GROUP -> spec.groups();
          default -> 1;
        };
    return new Normalization(
        stage.outputs(),
        groups,
        parameters.slice(slice(index, "gain")).offset(),
        parameters.slice(slice(index, "shift")).offset());
  }

  @Override
  void load(float[] parameters) {
    filter.load(parameters);
    if (normalization != null) {
      normalization.load(parameters);
    }
  }

  @Override
  void forwardOnly(Workspace workspace) {
    read = read == null ? null : workspace.gathered(stage.to());
    plain = null;
  }

  @Override
  void forward(Planes in, Planes joined, Noise noise, Workspace workspace) {
    Kernels kernels = workspace.kernels;
    Planes out = out();
    int channels = stage.outputs();
    gather(in, joined, workspace);
    Planes convolved = plain == null ? out : plain;
    filter.forward(kernels, read == null ? in : read, workspace.layout(stage.to()), convolved);
    if (normalization != null) {
      convolved.clearPadding(channels);
      normalization.forward(kernels, convolved, out);
    }
    if (noise.rate() > 0 && noise.random() != null) {
      mask = mask == null ? new Planes(channels) : mask;
      mask.reshape(out.layout());
      Network.drawMask(mask, channels, noise.rate(), noise.random());
      Network.multiply(kernels, out, mask, out, channels);
    }
    if (kept != null && noise.random() != null) {
      drawChannels(noise.random());
      scale(out, out);
    }
    if (spec.residual()) {
      add(in, out, channels);
    }
    if (stage.adds()) {
      add(joined, out, channels);
    }
    rectify(kernels, out, channels);
  }

  /** Puts together what the convolution reads. */
  private void gather(Planes in, Planes joined, Workspace workspace) {
    if (read == null) {
      return;
    }
    if (upsampling == null) {
      read.reshape(workspace.layout(stage.to()));
      System.arraycopy(in.data(), 0, read.data(), 0, in.plane(stage.inputs()));
    }
    Planes from = in;
    for (int level = stage.from() - 1; level >= stage.to(); level--) {
      Planes to = level == stage.to() ? read : workspace.between(level);
      upsampling.forward(workspace.kernels, from, stage.inputs(), workspace.layout(level), to);
      from = to;
    }
    if (stage.appends()) {
      int channels = stage.reads() - stage.inputs();
      int to = read.plane(stage.inputs());
      System.arraycopy(joined.data(), 0, read.data(), to, joined.plane(channels));
    }
  }

  /** Draws a factor for each channel: 0, or 1 / (1 - share). */
  private void drawChannels(RandomStream random) {
    for (int c = 0; c < kept.length; c++) {
      boolean gone = random.nextDouble() < spec.dropout();
      kept[c] = gone ? 0f : (float) (1 / (1 - spec.dropout()));
    }
  }

  private void scale(Planes in, Planes out) {
    PlaneLayout layout = in.layout();
    out.reshape(layout);
    float[] from = in.data();
    float[] to = out.data();
    for (int c = 0; c < kept.length; c++) {
      for (int i = in.plane(c) + layout.origin(); i < in.plane(c) + layout.end(); i++) {
        to[i] = kept[c] * from[i];
      }
    }
  }

  private void rectify(Kernels kernels, Planes planes, int channels) {
    PlaneLayout layout = planes.layout();
    for (int c = 0; c < channels; c++) {
      kernels.rectify(
          planes.data(), leak, planes.plane(c) + layout.origin(), planes.plane(c) + layout.end());
    }
    planes.clearPadding(channels);
  }

  @Override
  void backward(
      Planes in,
      Planes g,
      double[] gradient,
      Planes next,
      SkipSink joined,
      Noise noise,
      Workspace workspace) {
    Kernels kernels = workspace.kernels;
    int channels = stage.outputs();
    PlaneLayout layout = out().layout();
    for (int c = 0; c < channels; c++) {
      int from = out().plane(c) + layout.origin();
      kernels.rectifyGradient(out().data(), g.data(), leak, from, out().plane(c) + layout.end());
    }
    if (stage.adds()) {
      joined.accept(g, 0, channels);
    }
    Planes inner = inner(g, gradient, noise, workspace);
    filter.addWeightGradient(kernels, read == null ? in : read, inner, gradient);
    if (next == null && !stage.appends()) {
      return;
    }
    PlaneLayout shape = in.layout();
    if (read == null) {
      filter.inputGradient(kernels, inner, shape, next);
    } else {
      // What was read is known to the weights; its gradient takes its place.
      filter.inputGradient(kernels, inner, workspace.layout(stage.to()), read);
      read.clearPadding(stage.reads());
      if (stage.appends()) {
        joined.accept(read, stage.inputs(), stage.reads() - stage.inputs());
      }
      if (next != null) {
        scatter(read, shape, next, workspace);
      }
    }
    if (spec.residual() && next != null) {
      add(g, next, channels);
    }
  }

  /** The gradient on the convolution: through what was blanked and normalised. */
  private Planes inner(Planes g, double[] gradient, Noise noise, Workspace workspace) {
    Planes inner = g;
    Planes other = workspace.masked(stage.to());
    if (kept != null && noise.random() != null) {
      scale(inner, other);
      inner = other;
    }
    if (noise.rate() > 0 && noise.random() != null) {
      other.reshape(g.layout());
      Network.multiply(workspace.kernels, inner, mask, other, stage.outputs());
      inner = other;
    }
    if (normalization != null) {
      if (inner == other) {
        other.clearPadding(stage.outputs());
      }
      normalization.backward(workspace.kernels, plain, inner, gradient, other);
      inner = other;
    }
    return inner;
  }

  /** The gradient on what was put together, made as small as the input. */
  private void scatter(Planes g, PlaneLayout shape, Planes next, Workspace workspace) {
    if (upsampling == null) {
      next.reshape(shape);
      System.arraycopy(g.data(), 0, next.data(), 0, g.plane(stage.inputs()));
    }
    Planes from = g;
    for (int level = stage.to() + 1; level <= stage.from(); level++) {
      Planes to = level == stage.from() ? next : workspace.between(level);
      upsampling.backward(workspace.kernels, from, stage.inputs(), workspace.layout(level), to);
      from = to;
    }
  }
}
