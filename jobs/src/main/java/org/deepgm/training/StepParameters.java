package org.deepgm.training;

import java.io.Serializable;

/** The parameters of one step, as a task can get them. */
interface StepParameters extends Serializable {
  /** The whole vector; to be read only, until the step's task ends. */
  float[] vector();
}
