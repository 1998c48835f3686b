package org.deepgm.configuration;

import java.util.List;
import java.util.Locale;
import org.deepgm.fault.InputException;

/**
 * A key of the configuration: its type and its range. Its default and its documentation are the
 * value and the comment in reference.conf.
 *
 * @param path such as {@code training.rate}
 * @param type of its value
 * @param least smallest number
 * @param most largest number
 * @param choices words that it may be; empty where it is none of a few
 * @param use what depends on it
 */
public record Key(
    String path, Type type, double least, double most, List<String> choices, Use use) {
  /** Types of values. */
  public enum Type {
    WHOLE,
    NUMBER,
    FLAG,
    TEXT,
    LIST,
    /** Hidden layers: a list, or the name of one. */
    LAYERS,
    /** A number, or the word {@code auto}. */
    NUMBER_OR_AUTO
  }

  /** What a key changes. */
  public enum Use {
    /** The model that training makes. */
    MODEL,
    /** How training is computed, and no result of it. */
    EXECUTION,
    /** What is done with a model, or how data is named. */
    APPLICATION
  }

  /** A whole number of a range. */
  public static Key whole(String path, int least, int most) {
    return new Key(path, Type.WHOLE, least, most, List.of(), Use.MODEL);
  }

  /** A number of a range, both ends included. */
  public static Key number(String path, double least, double most) {
    return new Key(path, Type.NUMBER, least, most, List.of(), Use.MODEL);
  }

  /** A number of a range, or auto. */
  public static Key numberOrAuto(String path, double least, double most) {
    return new Key(path, Type.NUMBER_OR_AUTO, least, most, List.of(), Use.MODEL);
  }

  /** True or false. */
  public static Key flag(String path) {
    return new Key(path, Type.FLAG, 0, 0, List.of(), Use.MODEL);
  }

  /** Any text. */
  public static Key text(String path) {
    return new Key(path, Type.TEXT, 0, 0, List.of(), Use.MODEL);
  }

  /** One of a few words. */
  public static Key choice(String path, String... choices) {
    return new Key(path, Type.TEXT, 0, 0, List.of(choices), Use.MODEL);
  }

  /** A list. */
  public static Key list(String path) {
    return new Key(path, Type.LIST, 0, 0, List.of(), Use.MODEL);
  }

  /** Hidden layers. */
  public static Key layers(String path) {
    return new Key(path, Type.LAYERS, 0, 0, List.of(), Use.MODEL);
  }

  /** The same key, which changes how training is computed and nothing else. */
  public Key ofExecution() {
    return new Key(path, type, least, most, choices, Use.EXECUTION);
  }

  /** The same key, which changes what is done with a model, or how data is named. */
  public Key ofApplication() {
    return new Key(path, type, least, most, choices, Use.APPLICATION);
  }

  /** The name of its section. */
  String section() {
    return path.contains(".") ? path.substring(0, path.indexOf('.')) : "";
  }

  /**
   * Checks its value.
   *
   * @throws InputException that names key, range and value
   */
  void check(Keys keys) {
    switch (type) {
      case WHOLE -> range(keys.integer(path));
      case NUMBER -> range(keys.number(path));
      case FLAG -> keys.flag(path);
      case LIST -> keys.list(path);
      case LAYERS -> Layers.read(keys, path, 0);
      case NUMBER_OR_AUTO -> {
        if (!keys.text(path).equals("auto")) {
          range(keys.number(path));
        }
      }
      default -> {
        if (!choices.isEmpty()) {
          keys.choice(path, choices.toArray(String[]::new));
        }
      }
    }
  }

  private void range(double value) {
    if (value < least || value > most) {
      throw new InputException(
          "Expected "
              + path
              + (most >= Integer.MAX_VALUE
                  ? " >= " + shown(least)
                  : " in "
                      + (type == Type.WHOLE
                          ? shown(least) + ".." + shown(most)
                          : "[" + shown(least) + ", " + shown(most) + "]"))
              + ", found "
              + shown(value));
    }
  }

  private static String shown(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.valueOf(value);
  }
}
