package org.deepgm.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.deepgm.fault.InputException;
import org.deepgm.network.Architecture;
import org.deepgm.network.LayerSpec;
import org.deepgm.network.LayerSpec.Interpolation;
import org.deepgm.network.LayerSpec.Join;
import org.deepgm.network.LayerSpec.Normalize;
import org.deepgm.network.LayerSpec.Pool;

/** Hidden layers as they are written: a list, or a name in the section of architectures. */
final class Layers {
  /** Lists of layers by name. */
  static final String SECTION = "architectures";

  private static final Set<String> KEYS =
      new TreeSet<>(
          List.of(
              "channels",
              "kernel",
              "dilation",
              "residual",
              "name",
              "stride",
              "upsample",
              "interpolation",
              "skip",
              "join",
              "depthwise",
              "normalize",
              "groups",
              "dropout",
              "pool",
              "window",
              "leak"));

  private Layers() {}

  /**
   * Reads them.
   *
   * @param leak of layers that say nothing of it
   */
  static List<LayerSpec> read(Keys keys, String path, double leak) {
    ConfigList list = list(keys, path);
    List<LayerSpec> layers = new ArrayList<>();
    for (ConfigValue value : list) {
      String place = "layer " + (layers.size() + 1) + " of " + path;
      if (!(value instanceof ConfigObject object)) {
        throw new InputException(
            "Expected { channels = ... } as " + place + ", found " + rendered(value));
      }
      for (String key : object.keySet()) {
        if (!KEYS.contains(key)) {
          throw new InputException(
              "Expected " + String.join(", ", KEYS) + " in " + place + ", found " + key);
        }
      }
      layers.add(layer(object, place, leak));
    }
    try {
      Architecture.check(layers);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage(), e);
    }
    return layers;
  }

  /** The list that a key is or names. */
  private static ConfigList list(Keys keys, String path) {
    if (keys.config().getValue(path).valueType() != ConfigValueType.STRING) {
      return keys.list(path);
    }
    String name = keys.text(path);
    Config named = keys.config().getConfig(SECTION);
    if (!named.root().containsKey(name)) {
      throw new InputException(
          "Expected a list of layers, or one of "
              + String.join(", ", new TreeSet<>(named.root().keySet()))
              + " for "
              + path
              + ", found "
              + name);
    }
    return keys.list(SECTION + "." + name);
  }

  private static LayerSpec layer(ConfigObject object, String place, double leak) {
    Config layer = object.toConfig();
    try {
      Pool pool = constant(Pool.class, layer, "pool", place);
      boolean pools = pool != null && pool != Pool.NONE;
      return new LayerSpec(
          pools ? number(layer, "channels", 0) : layer.getInt("channels"),
          number(layer, "kernel", pools ? 1 : 3),
          number(layer, "dilation", 1),
          layer.hasPath("residual") && layer.getBoolean("residual"),
          layer.hasPath("name") ? layer.getString("name") : null,
          number(layer, "stride", pool == Pool.AVERAGE || pool == Pool.MAX ? 2 : 1),
          number(layer, "upsample", 1),
          constant(Interpolation.class, layer, "interpolation", place),
          layer.hasPath("skip") ? layer.getString("skip") : null,
          constant(Join.class, layer, "join", place),
          layer.hasPath("depthwise") && layer.getBoolean("depthwise"),
          constant(Normalize.class, layer, "normalize", place),
          number(layer, "groups", 0),
          layer.hasPath("dropout") ? layer.getDouble("dropout") : 0,
          pool,
          number(layer, "window", 0),
          layer.hasPath("leak") ? layer.getDouble("leak") : pools ? 0 : leak);
    } catch (ConfigException e) {
      throw new InputException(
          "Expected { channels, kernel, dilation, residual, ... } in "
              + place
              + ", found "
              + rendered(object),
          e);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage().replace("in layers", "in " + place), e);
    }
  }

  private static int number(Config layer, String key, int otherwise) {
    return layer.hasPath(key) ? layer.getInt(key) : otherwise;
  }

  private static <E extends Enum<E>> E constant(
      Class<E> type, Config layer, String key, String place) {
    if (!layer.hasPath(key)) {
      return null;
    }
    String word = layer.getString(key);
    List<String> words =
        Arrays.stream(type.getEnumConstants()).map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
    if (!words.contains(word)) {
      throw new InputException(
          "Expected "
              + String.join(", ", words)
              + " for "
              + key
              + " in "
              + place
              + ", found "
              + word);
    }
    return Settings.constant(type, word);
  }

  private static String rendered(ConfigValue value) {
    return value.render(ConfigRenderOptions.concise());
  }
}
