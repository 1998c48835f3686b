package org.deepgm.training;

import java.util.List;

/** All that changes in a run: what a checkpoint holds, to the bit. */
final class TrainerState {
  int step;
  float[] parameters;
  float[] average;
  float[] best;
  double bestScore = Double.NaN;
  int bestStep = -1;
  int stale;
  boolean finished;
  List<double[]> slots;
  long metricsOffset;

  TrainerState(float[] parameters) {
    this.parameters = parameters;
    average = parameters.clone();
    best = parameters.clone();
  }
}
