package org.deepgm.segmentation;

import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;

/** The input planes that a scorer computes, for comparisons that start from them. */
public final class BenchInputs {
  private BenchInputs() {}

  /** Planes of all inputs of an example. */
  public static Planes of(SegmentationSpec spec, Example example, Kernels kernels) {
    Scorer scorer = new Scorer(spec, InputTables.identity(spec.inputs()), kernels);
    return scorer.input(
        example.image(), Window.whole(example.image().height(), example.image().width()));
  }
}
