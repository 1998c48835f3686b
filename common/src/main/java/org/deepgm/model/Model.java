package org.deepgm.model;

import java.io.Serializable;
import java.util.Map;
import org.deepgm.network.ParameterLayout;

/**
 * What training makes: the shape of a scorer, its parameters Phi and all that use needs.
 *
 * @param <M> the kind of model itself
 */
public interface Model<M extends Model<M>> extends Serializable {
  /** The shape of the parameter vector. */
  ParameterLayout layout();

  /** Phi, [layout().length()]. */
  float[] parameters();

  /** The same model with other parameters. */
  M with(float[] parameters);

  /** Version of deepgm that trained it. */
  String library();

  /** The options of the training run, as JSON text. */
  String training();

  /** The files of the model directory, in the order in which to write them. */
  Map<String, byte[]> encode();
}
