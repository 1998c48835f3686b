package org.deepgm.network;

import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;

/** A convolution of some kind in a layer. */
interface Filter {
  /** Takes new parameters. */
  void load(float[] parameters);

  /**
   * Computes {@code out}; its padding is left to be cleared by the caller.
   *
   * @param shape layout of the output
   */
  void forward(Kernels kernels, Planes in, PlaneLayout shape, Planes out);

  /**
   * Adds the gradients of weights and bias.
   *
   * @param in of the last forward pass
   * @param outGradient has clean padding
   */
  void addWeightGradient(Kernels kernels, Planes in, Planes outGradient, double[] gradient);

  /**
   * Computes the gradient on the input; its padding is left to be cleared by the caller.
   *
   * @param shape layout of the input
   */
  void inputGradient(Kernels kernels, Planes outGradient, PlaneLayout shape, Planes inGradient);
}
