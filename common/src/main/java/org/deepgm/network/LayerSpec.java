package org.deepgm.network;

import java.io.Serializable;

/**
 * One hidden layer: convolution and ReLU.
 *
 * @param channels output channels
 * @param kernel side of the kernel, odd
 * @param dilation distance between taps in pixels
 * @param residual whether the input is added before the ReLU; needs as many channels as the input
 */
public record LayerSpec(int channels, int kernel, int dilation, boolean residual)
    implements Serializable {
  /** Checks the ranges. */
  public LayerSpec {
    require(channels >= 1 && channels <= 1024, "channels 1..1024", channels);
    require(kernel >= 1 && kernel <= 31 && kernel % 2 == 1, "an odd kernel 1..31", kernel);
    require(dilation >= 1 && dilation <= 256, "dilation 1..256", dilation);
    int reach = (kernel - 1) / 2 * dilation;
    require(reach <= 1024, "a kernel and dilation that reach at most 1024 pixels", reach);
  }

  private static void require(boolean holds, String expected, int found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + " in layers, found " + found);
    }
  }

  /** How far a layer reaches, in pixels. */
  public int reach() {
    return (kernel - 1) / 2 * dilation;
  }
}
