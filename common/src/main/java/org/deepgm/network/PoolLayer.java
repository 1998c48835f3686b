package org.deepgm.network;

import org.deepgm.math.Planes;
import org.deepgm.network.Architecture.Stage;
import org.deepgm.network.LayerSpec.Pool;

/** A pool at work. */
final class PoolLayer extends Layer {
  private final Pooling pooling;
  private final Context context;

  PoolLayer(Stage stage) {
    super(stage);
    Pool pool = stage.layer().pool();
    boolean spreads = pool == Pool.CONTEXT;
    pooling = spreads ? null : new Pooling(pool == Pool.MAX);
    context = spreads ? new Context(stage.layer().window()) : null;
  }

  @Override
  void load(float[] parameters) {
    // A pool has none.
  }

  @Override
  void forward(Planes in, Planes joined, Noise noise, Workspace workspace) {
    int channels = stage.outputs();
    if (pooling != null) {
      pooling.forward(in, channels, workspace.layout(stage.to()), out());
    } else {
      context.forward(workspace.kernels, in, channels, out());
    }
    out().clearPadding(channels);
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
    if (next == null) {
      return;
    }
    if (pooling != null) {
      pooling.backward(in, out(), stage.outputs(), g, next);
    } else {
      context.backward(workspace.kernels, g, stage.outputs(), next);
    }
  }
}
