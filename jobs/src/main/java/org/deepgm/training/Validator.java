package org.deepgm.training;

import java.util.Map;

/** Scores parameters on a validation set. */
interface Validator {
  /** Scores by name. */
  Map<String, Double> scores(float[] parameters);

  /** The number by which states are compared; larger is better. */
  double score(Map<String, Double> scores);
}
