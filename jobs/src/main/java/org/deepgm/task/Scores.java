package org.deepgm.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.Map;

/**
 * What is counted over labelled records. Sums do not depend on their order.
 *
 * @param <E> the kind of scores itself
 */
public interface Scores<E extends Scores<E>> extends Serializable {
  /** Adds what another has counted. */
  void merge(E other);

  /** Records that were counted. */
  long count();

  /** By name, for validations: log lines, metrics and charts; what has no value is left out. */
  Map<String, Double> values();

  /** A table for people. */
  String text();

  /** All figures; what has no value is null. */
  ObjectNode json();

  /** What the page shows of them: {@code tiles}, and what the task's own script draws. */
  void show(ObjectNode page);

  /** Files beside scores.json, by name. */
  default Map<String, byte[]> files() {
    return Map.of();
  }

  /** A number of a file or page; null stands for none. */
  static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }
}
