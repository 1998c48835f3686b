package org.deepgm.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.deepgm.configuration.TaskKeys;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Summary;
import org.deepgm.fault.InputException;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.LayerSpec;
import org.deepgm.shards.Packing;
import org.deepgm.structure.Identified;

/**
 * What a person wants labelled: a structure, a scorer, and a way to read, write, score and show its
 * data. All that the commands know of it; found by {@link java.util.ServiceLoader}.
 *
 * <p>The package of a task holds all that this module knows of it. To add one: implement this, name
 * the class in {@code META-INF/services/org.deepgm.task.Task}, and give its keys their defaults in
 * a section of {@code reference.conf}.
 *
 * @param <R> a record as it is read, with or without gold
 * @param <S> what the driver has to know of a data set
 * @param <M> models
 * @param <E> scores
 */
public interface Task<
        R extends Identified, S extends Summary<R, S>, M extends Model<M>, E extends Scores<E>>
    extends TaskKeys {
  /** Words and charts for people. */
  Terms terms();

  /** Options of the command line that only this task has. */
  default List<TaskOption> options() {
    return List.of();
  }

  /**
   * Looks at what was named, before Spark starts.
   *
   * @param gold whether records must be labelled
   * @throws InputException if the options do not fit each other
   */
  default void check(Inputs inputs, boolean gold) {
    inputs.required("data", name());
  }

  /** The inputs of a validation set, with what it has of the training set. */
  default Inputs validation(Inputs train, Inputs validation) {
    return validation;
  }

  /**
   * A data set.
   *
   * @param model that it is read for; null before there is one
   * @param gold whether records must be labelled
   */
  Source<R> source(Setup setup, M model, boolean gold);

  /** Makes summaries. */
  Data.Summaries<S> summaries(Setup setup);

  /** A training set as it is learned from: with more than was read, where settings say so. */
  default Source<R> training(Setup setup, Source<R> source) {
    return source;
  }

  /** Leaves out what does not fit the rest of a data set. */
  default Data<R, S> fitting(Setup setup, Data<R, S> data) {
    return data;
  }

  /**
   * Makes everything once that does not need the data, so that mistakes show before it is read.
   *
   * @throws InputException if something in the configuration does not fit
   */
  void check(Setup setup);

  /**
   * How validations label and score where settings want it otherwise than by default; empty if they
   * do not. A run does not go on under another one, since its best state was chosen by this.
   *
   * @throws InputException if validations cannot
   */
  default String validating(Setup setup) {
    return "";
  }

  /**
   * What is trained.
   *
   * @param train never empty
   * @param validation never empty, or null
   * @param initial model to start from, or null; parameters are taken from it afterwards
   */
  Start<?, M> start(Setup setup, Data<R, S> train, Data<R, S> validation, M initial);

  /**
   * Whether parameters of a model to start from mean the same in another.
   *
   * @param slice name of a slice that both have in the same shape
   */
  boolean fits(String slice, M initial, M model);

  /** Hidden layers of the scorer, those of the slices {@code layerN}; none where it has no such. */
  default List<LayerSpec> layers(M model) {
    return List.of();
  }

  /** Loads a model. */
  M decode(ModelFiles.Source files, String place);

  /** Settings that a model brings along, for where its data is read. */
  default Map<String, String> defaults(M model) {
    return Map.of();
  }

  /** What labelling is for. */
  enum Use {
    /** The states of a run. */
    VALIDATION,
    /** A finished model's scores. */
    EVALUATION,
    /** Files. */
    PREDICTION
  }

  /** How a model labels, as the settings and options want it. */
  Labeling<R, E> labeling(Setup setup, M model, Use use);

  /** What predict can write; the first is the default. */
  List<Format> formats();

  /**
   * Looks at an output before it is written.
   *
   * @throws InputException if files of two records could have one name
   */
  default void checkOutput(Setup setup, Source<R> source) {}

  /** What a page shows of a model: {@code subtitle}, and what the task's script draws. */
  void showModel(M model, ObjectNode page);

  /** What is packed. */
  default Source<R> packed(Setup setup) {
    return source(setup, null, false);
  }

  /** How records are packed. */
  default Packing<R> packing(Setup setup) {
    throw new InputException("Expected a task that has shards, found " + name());
  }

  /**
   * Scores predictions that were made before.
   *
   * @param predictions folder
   */
  default Scored<E> compare(Setup setup, String predictions) {
    throw new InputException(
        "Expected --model with the task " + name() + ", found --predictions " + predictions);
  }
}
