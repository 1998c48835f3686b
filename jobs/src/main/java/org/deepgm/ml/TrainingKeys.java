package org.deepgm.ml;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.fault.InputException;
import org.deepgm.task.Tasks;
import scala.Function1;

/**
 * The keys of {@code reference.conf} that training takes, as Params: their comments are the
 * documentation, their values the defaults. {@code training.augment.mirror} is the Param {@code
 * trainingAugmentMirror}.
 */
final class TrainingKeys {
  private static final Config REFERENCE = Settings.reference(Tasks.all());

  private final Map<String, Param<?>> params = new TreeMap<>();
  private final Map<String, Object> defaults = new TreeMap<>();

  private final Consumer<List<String>> check;

  /**
   * The keys of a task.
   *
   * @param sections whose keys are meant, and training
   * @param check refuses settings that make no sense
   */
  TrainingKeys(
      Identifiable parent, String task, List<String> sections, Consumer<List<String>> check) {
    this.check = check;
    for (Key key : Settings.keys(Tasks.of(task))) {
      String section = key.path().substring(0, Math.max(0, key.path().indexOf('.')));
      if (section.equals("training") || sections.contains(section)) {
        add(parent, key, REFERENCE.getValue(key.path()));
      }
    }
  }

  private void add(Identifiable parent, Key key, ConfigValue value) {
    String path = key.path();
    String name = name(path);
    String doc =
        value.origin().comments().stream().map(String::strip).collect(Collectors.joining(" "));
    Param<?> param;
    Object standard = value.unwrapped();
    switch (key.type()) {
      case FLAG -> param = new BooleanParam(parent.uid(), name, doc);
      case WHOLE -> {
        param = new IntParam(parent.uid(), name, doc, valid(path));
        standard = ((Number) standard).intValue();
      }
      case NUMBER -> {
        param = new DoubleParam(parent.uid(), name, doc, valid(path));
        standard = ((Number) standard).doubleValue();
      }
      default -> {
        param = new Param<String>(parent.uid(), name, doc, text(path));
        standard =
            standard instanceof String ? standard : value.render(ConfigRenderOptions.concise());
      }
    }
    params.put(path, param);
    defaults.put(path, standard);
  }

  private Function1<Object, Object> valid(String key) {
    return value -> {
      check(key, value);
      return true;
    };
  }

  private Function1<String, Object> text(String key) {
    return value -> {
      check(key, value);
      return true;
    };
  }

  /**
   * Fails with a clear line if a value makes no sense. What only other values make wrong is found
   * when training begins.
   */
  private void check(String key, Object value) {
    try {
      check.accept(List.of(set(key, value)));
    } catch (InputException e) {
      String needed = needed(key);
      if (needed.isEmpty()) {
        throw e;
      }
      try {
        check.accept(List.of(set(key, value), needed));
      } catch (InputException again) {
        throw e;
      }
    }
  }

  /** A setting that may make a value right which is wrong by the defaults; empty for none. */
  private static String needed(String key) {
    return switch (key) {
      case "training.spread-steps" -> "training.spread=1";
      default -> key.startsWith("field.") ? "training.objective=likelihood" : "";
    };
  }

  /** A value as the command line takes it with --set. */
  static String set(String key, Object value) {
    boolean list = REFERENCE.getValue(key).valueType() == ConfigValueType.LIST;
    return Settings.set(key, value, list);
  }

  /** {@code field.edge-channels} as {@code fieldEdgeChannels}. */
  static String name(String key) {
    StringBuilder name = new StringBuilder();
    boolean upper = false;
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c == '.' || c == '-') {
        upper = true;
      } else {
        name.append(upper ? Character.toUpperCase(c) : c);
        upper = false;
      }
    }
    return name.toString();
  }

  List<Param<?>> params() {
    return new ArrayList<>(params.values());
  }

  Map<String, Param<?>> byKey() {
    return params;
  }

  Object standard(String key) {
    return defaults.get(key);
  }
}
