package org.deepgm.task;

import java.util.List;
import java.util.Map;
import org.deepgm.fault.InputException;

/**
 * What the command line names: the values of its options, without their dashes. Of a flag the value
 * is {@code true}.
 */
public record Inputs(Map<String, String> values) {
  /** No options. */
  public static final Inputs NONE = new Inputs(Map.of());

  /** Keeps the values. */
  public Inputs {
    values = Map.copyOf(values);
  }

  /** The value of an option, or null. */
  public String get(String name) {
    return values.get(name);
  }

  /** Whether an option was given. */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** The values of an option that are separated by commas. */
  public List<String> list(String name) {
    return has(name) ? List.of(get(name).split(",")) : List.of();
  }

  /** The value of an option that a task cannot do without. */
  public String required(String name, String task) {
    if (!has(name)) {
      throw new InputException(
          "Expected --" + name + " PATH with the task " + task + ", found none");
    }
    return get(name);
  }
}
