package org.deepgm.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.File;
import java.net.URL;
import java.util.Map;
import org.deepgm.fault.InputException;

/**
 * Text of configuration, which may come from a stranger: it opens no file or address, sees no
 * variable of the environment unless that was asked for, and is bounded before it is read.
 */
final class ConfigText {
  private static final int MOST_CHARACTERS = 1 << 20;
  private static final int DEEPEST = 60;

  /** With more, a few lines that name each other would fill any memory. */
  private static final int MOST_SUBSTITUTIONS = 16;

  private static final int MOST_CHARACTERS_TO_SUBSTITUTE = 1 << 16;

  private ConfigText() {}

  /** Reads a text; an include in any spelling is refused. */
  static Config parse(String text, String place) {
    checkSize(text, place);
    try {
      ConfigParseOptions options = ConfigParseOptions.defaults().setIncluder(new Refusing(place));
      return ConfigFactory.parseString(text, options);
    } catch (ConfigException e) {
      throw new InputException(
          place + ": " + e.getMessage().replace("String: ", "line ").lines().findFirst().orElse(""),
          e);
    } catch (StackOverflowError e) {
      throw new InputException(place + ": expected fewer brackets inside each other", e);
    }
  }

  private static void checkSize(String text, String place) {
    int substitutions = text.split("\\$\\{", -1).length - 1;
    int most = substitutions > 0 ? MOST_CHARACTERS_TO_SUBSTITUTE : MOST_CHARACTERS;
    if (text.length() > most) {
      throw new InputException(
          place
              + ": expected at most "
              + most
              + " characters"
              + (substitutions > 0 ? " with ${...}" : "")
              + ", found "
              + text.length());
    }
    if (substitutions > MOST_SUBSTITUTIONS) {
      throw new InputException(
          place
              + ": expected at most "
              + MOST_SUBSTITUTIONS
              + " times ${...}, found "
              + substitutions);
    }
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      if (depth > DEEPEST) {
        throw new InputException(
            place + ": expected brackets at most " + DEEPEST + " deep, found more");
      }
    }
  }

  /** Puts values in the place of {@code ${...}}. */
  static Config resolve(Config config, boolean environment) {
    ConfigResolveOptions options =
        ConfigResolveOptions.defaults().setUseSystemEnvironment(environment);
    try {
      return config.resolve(options);
    } catch (ConfigException.UnresolvedSubstitution e) {
      throw new InputException(
          "configuration: "
              + e.getMessage().lines().findFirst().orElse("")
              + (environment ? "" : "; --env lets ${NAME} stand for the environment"),
          e);
    }
  }

  /** What may be kept: values that only the environment could give stay as they were written. */
  static Config shown(Config config) {
    Config partly = config.resolve(ConfigResolveOptions.noSystem().setAllowUnresolved(true));
    return partly.isResolved() ? partly : shown(partly.root()).toConfig();
  }

  private static ConfigObject shown(ConfigObject object) {
    ConfigObject out = object;
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      ConfigValue value = entry.getValue();
      if (value instanceof ConfigObject inner) {
        out = out.withValue(entry.getKey(), shown(inner));
      } else if (!value.atKey("x").isResolved()) {
        String written = value.render(ConfigRenderOptions.concise());
        out = out.withValue(entry.getKey(), ConfigValueFactory.fromAnyRef(written));
      }
    }
    return out;
  }

  /** Refuses every include. */
  private record Refusing(String place)
      implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
    private ConfigObject refuse(Object what) {
      throw new InputException(place + ": expected one file of keys, found an include of " + what);
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      return refuse(what);
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
      return refuse(what);
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
      return refuse(what);
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
      return refuse(what);
    }
  }
}
