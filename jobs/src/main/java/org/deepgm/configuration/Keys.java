package org.deepgm.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.text.TextEncoding;

/**
 * The keys of a run's configuration: {@code reference.conf}, over it a file, over that single keys.
 * An unknown key, a value of another type or a number out of range is one clear line.
 */
final class Keys {
  private final Config config;
  private final Config shown;
  private final Config own;

  private Keys(Config config, Config shown, Config own) {
    this.config = config;
    this.shown = shown;
    this.own = own;
  }

  /** The defaults: of all tasks, and what tasks bring along. */
  static Config reference(List<? extends TaskKeys> tasks) {
    String place = "/org/deepgm/configuration/reference.conf";
    Config all = ConfigFactory.parseResources(Keys.class, place);
    for (TaskKeys task : tasks) {
      all = ConfigFactory.parseString(task.reference()).withFallback(all);
    }
    return all.resolve();
  }

  /** What was set by hand. */
  Config own() {
    return own;
  }

  /** The merged configuration. */
  Config config() {
    return config;
  }

  /** The same to be kept or shown: what comes from the environment stands as it was written. */
  Config shown() {
    return shown;
  }

  /**
   * Reads the keys.
   *
   * @param tasks all that there are
   * @param file path of a configuration file, or null
   * @param sets key=value pairs that override the file
   * @param defaults values that a file and {@code sets} override; never read as configuration
   * @param environment whether {@code ${NAME}} may stand for a variable of the environment
   */
  static Keys of(
      List<? extends TaskKeys> tasks,
      Storage storage,
      String file,
      List<String> sets,
      Map<String, ?> defaults,
      boolean environment) {
    Config reference = reference(tasks);
    Config own = ConfigFactory.empty();
    if (file != null) {
      own = ConfigText.parse(TextEncoding.UTF_8.decode(storage.read(file), file), file);
    }
    for (String set : sets) {
      int equals = set.indexOf('=');
      if (equals < 1) {
        throw new InputException("--set " + set + ": expected key=value");
      }
      own = ConfigText.parse(set, "--set " + set).withFallback(own);
    }
    try {
      Config shown = ConfigText.shown(own);
      own = ConfigText.resolve(own, environment);
      check(own.root(), "", reference);
      Config base = ConfigFactory.parseMap(defaults).withFallback(reference).resolve();
      own = plain(own);
      return new Keys(own.withFallback(base), plain(shown).withFallback(base), own);
    } catch (ConfigException e) {
      throw new InputException("configuration: " + firstLine(e), e);
    }
  }

  /**
   * Values alone: a section that was a number before would otherwise hide the defaults below it.
   */
  private static Config plain(Config config) {
    return ConfigFactory.parseMap(config.root().unwrapped());
  }

  private static String firstLine(ConfigException e) {
    return e.getMessage().replace("String: ", "line ").lines().findFirst().orElse("");
  }

  private static void check(ConfigObject object, String prefix, Config reference) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String path = prefix + entry.getKey();
      boolean plain = entry.getKey().matches("[A-Za-z0-9-]+");
      if (!plain || !reference.hasPath(path)) {
        throw new InputException(
            "Unknown key " + path + "; the nearest known key is " + nearest(path, reference));
      }
      if (entry.getValue().valueType() == ConfigValueType.NULL) {
        throw new InputException("Expected a value for " + path + ", found null");
      }
      ConfigValueType expected = reference.getValue(path).valueType();
      if (entry.getValue() instanceof ConfigObject inner) {
        if (expected != ConfigValueType.OBJECT) {
          throw new InputException("Expected a value for " + path + ", found a section");
        }
        check(inner, path + ".", reference);
      } else if (expected == ConfigValueType.OBJECT) {
        throw new InputException(
            "Expected a section for "
                + path
                + ", found "
                + entry.getValue().render(ConfigRenderOptions.concise()));
      }
    }
  }

  private static String nearest(String path, Config reference) {
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String known :
        new TreeSet<>(reference.entrySet().stream().map(Map.Entry::getKey).toList())) {
      String last = known.substring(known.lastIndexOf('.') + 1);
      int d = Math.min(distance(path, known), distance(path, last) + 1);
      if (d < least) {
        least = d;
        best = known;
      }
    }
    return best;
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int next = Math.min(Math.min(row[j], row[j - 1]) + 1, diagonal + cost);
        diagonal = row[j];
        row[j] = next;
      }
    }
    return row[b.length()];
  }

  /** A whole number. */
  int integer(String path) {
    double value = number(path);
    if (Double.isNaN(value) || value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new InputException("Expected a whole number for " + path + ", found " + text(path));
    }
    return (int) value;
  }

  /** A finite number. */
  double number(String path) {
    try {
      double value = config.getDouble(path);
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        throw new InputException("Expected a finite number for " + path + ", found " + value);
      }
      return value;
    } catch (ConfigException e) {
      throw new InputException("Expected a number for " + path + ", found " + text(path), e);
    }
  }

  /** True or false. */
  boolean flag(String path) {
    try {
      return config.getBoolean(path);
    } catch (ConfigException e) {
      throw new InputException("Expected true or false for " + path + ", found " + text(path), e);
    }
  }

  /** The value as it would be written. */
  String text(String path) {
    ConfigValue value = config.getValue(path);
    return value.valueType() == ConfigValueType.STRING
        ? (String) value.unwrapped()
        : value.render(ConfigRenderOptions.concise());
  }

  /** The value as it may be kept: what comes from the environment as it was written. */
  String shownText(String path) {
    ConfigValue value = shown.getValue(path);
    return value.valueType() == ConfigValueType.STRING
        ? (String) value.unwrapped()
        : value.render(ConfigRenderOptions.concise());
  }

  /** One of a few words. */
  String choice(String path, String... choices) {
    String value = text(path).toLowerCase(Locale.ROOT);
    if (!List.of(choices).contains(value)) {
      throw new InputException(
          "Expected " + String.join(", ", choices) + " for " + path + ", found " + value);
    }
    return value;
  }

  /** A list of texts. */
  List<String> texts(String path) {
    try {
      return config.getStringList(path);
    } catch (ConfigException e) {
      throw new InputException("Expected texts in a list for " + path + ", found " + text(path), e);
    }
  }

  /** A list. */
  ConfigList list(String path) {
    try {
      return config.getList(path);
    } catch (ConfigException e) {
      throw new InputException("Expected a list for " + path + ", found " + text(path), e);
    }
  }
}
