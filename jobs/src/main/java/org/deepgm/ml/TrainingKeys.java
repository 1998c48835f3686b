package org.deepgm.ml;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;
import org.deepgm.configuration.Settings;
import org.deepgm.fault.InputException;
import scala.Function1;

/**
 * The keys of {@code reference.conf} that training images takes, as Params: their comments are the
 * documentation, their values the defaults. {@code training.augment.mirror} is the Param {@code
 * trainingAugmentMirror}.
 */
final class TrainingKeys {
  private static final List<String> SECTIONS = List.of("scorer.", "field.", "training.");

  /** Keys whose numbers are whole. */
  private static final List<String> WHOLE =
      List.of(
          "scorer.scales",
          "scorer.edge-channels",
          "field.sweeps",
          "training.gibbs-sweeps",
          "training.steps",
          "training.batch",
          "training.seed",
          "training.warmup",
          "training.crop",
          "training.patience",
          "training.partitions",
          "training.depth",
          "training.checkpoint-every",
          "training.checkpoint-keep");

  private final Map<String, Param<?>> params = new TreeMap<>();
  private final Map<String, Object> defaults = new TreeMap<>();

  TrainingKeys(Identifiable parent) {
    Config reference = Settings.reference();
    for (Map.Entry<String, ConfigValue> entry : reference.entrySet()) {
      String key = entry.getKey();
      if (SECTIONS.stream().anyMatch(key::startsWith)) {
        add(parent, key, entry.getValue());
      }
    }
  }

  private void add(Identifiable parent, String key, ConfigValue value) {
    String name = name(key);
    String doc =
        value.origin().comments().stream().map(String::strip).collect(Collectors.joining(" "));
    doc = doc.isEmpty() ? key : doc;
    Param<?> param;
    Object standard;
    if (value.valueType() == ConfigValueType.BOOLEAN) {
      param = new BooleanParam(parent.uid(), name, doc);
      standard = value.unwrapped();
    } else if (WHOLE.contains(key)) {
      param = new IntParam(parent.uid(), name, doc, valid(key));
      standard = ((Number) value.unwrapped()).intValue();
    } else if (value.valueType() == ConfigValueType.NUMBER) {
      param = new DoubleParam(parent.uid(), name, doc, valid(key));
      standard = ((Number) value.unwrapped()).doubleValue();
    } else {
      param = new Param<String>(parent.uid(), name, doc, text(key));
      standard =
          value.valueType() == ConfigValueType.STRING
              ? value.unwrapped()
              : value.render(ConfigRenderOptions.concise());
    }
    params.put(key, param);
    defaults.put(key, standard);
  }

  private static Function1<Object, Object> valid(String key) {
    return value -> {
      check(key, value);
      return true;
    };
  }

  private static Function1<String, Object> text(String key) {
    return value -> {
      check(key, value);
      return true;
    };
  }

  /**
   * Fails with a clear line if a value makes no sense. What only other values make wrong is found
   * when training begins.
   */
  private static void check(String key, Object value) {
    try {
      Settings.of(List.of(set(key, value))).check(2);
    } catch (InputException e) {
      if (!key.startsWith("field.")) {
        throw e;
      }
      List<String> sets = List.of(set(key, value), "training.objective=likelihood");
      try {
        Settings.of(sets).check(2);
      } catch (InputException again) {
        throw e;
      }
    }
  }

  /** A value as the command line takes it with --set. */
  static String set(String key, Object value) {
    boolean list = Settings.reference().getValue(key).valueType() == ConfigValueType.LIST;
    boolean quoted = value instanceof String && !list;
    return key + "=" + (quoted ? ConfigUtil.quoteString((String) value) : value);
  }

  /** {@code field.edge-channels} as {@code fieldEdgeChannels}. */
  static String name(String key) {
    StringBuilder name = new StringBuilder();
    boolean upper = false;
    for (char c : key.toCharArray()) {
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
