package org.deepgm.network;

import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.network.Architecture.Stage;

/** Planes of every level that layers use one after the other, and the levels' layouts. */
final class Workspace {
  final Kernels kernels;
  private final Pyramid pyramid;
  private final Planes[][] two;
  private final Planes[] masked;
  private final Planes[] gathered;
  private final Planes[] between;

  Workspace(Architecture architecture, Kernels kernels) {
    this.kernels = kernels;
    pyramid = new Pyramid(architecture);
    int levels = architecture.levels();
    int[] widest = new int[levels];
    int[] reads = new int[levels];
    int inputs = 1;
    for (Stage stage : architecture.stages()) {
      widest[stage.to()] = Math.max(widest[stage.to()], stage.outputs());
      reads[stage.to()] = Math.max(reads[stage.to()], stage.reads());
      inputs = Math.max(inputs, stage.inputs());
    }
    two = new Planes[levels][2];
    masked = new Planes[levels];
    gathered = new Planes[levels];
    between = new Planes[levels];
    for (int k = 0; k < levels; k++) {
      two[k][0] = new Planes(widest[k]);
      two[k][1] = new Planes(widest[k]);
      masked[k] = new Planes(widest[k]);
      gathered[k] = new Planes(reads[k]);
      between[k] = new Planes(inputs);
    }
  }

  /** Takes the layout of an image. */
  void bind(PlaneLayout image) {
    pyramid.bind(image);
  }

  PlaneLayout layout(int level) {
    return pyramid.layout(level);
  }

  /** One of two sets of planes for what layers hand on: not that which is in use. */
  Planes other(int level, Planes used) {
    return used == two[level][0] ? two[level][1] : two[level][0];
  }

  /** What a convolution reads that is put together. */
  Planes gathered(int level) {
    return gathered[level];
  }

  /** The gradient within a layer. */
  Planes masked(int level) {
    return masked[level];
  }

  /** What passes a level on its way to another. */
  Planes between(int level) {
    return between[level];
  }
}
