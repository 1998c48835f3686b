package org.deepgm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Storage;
import org.deepgm.task.Tasks;
import picocli.CommandLine.Option;

/** Options that every command with a configuration has. */
final class ConfigurationOptions {
  @Option(names = "--config", paramLabel = "FILE", description = "Configuration file (HOCON).")
  private String config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides one key of the configuration; may be repeated.")
  private List<String> sets = new ArrayList<>();

  @Option(
      names = "--channels",
      paramLabel = "keep|rgb",
      description = "(segmentation) Short for --set data.channels=...")
  private String channels;

  @Option(
      names = "--bad-records",
      paramLabel = "fail|skip",
      description = "Short for --set data.bad-records=...")
  private String badRecords;

  @Option(
      names = "--env",
      description =
          "Lets $${NAME} in the configuration stand for a variable of the environment; what is kept"
              + " with a model names it and does not hold its value.")
  private boolean environment;

  /** The settings of the task that they name. */
  Settings settings(Storage storage) {
    return settings(storage, null, Map.of());
  }

  /**
   * The settings of a task.
   *
   * @param task of the model in use; null takes the one that the settings name
   * @param defaults values of the model in use, taken where nothing else is named
   */
  Settings settings(Storage storage, String task, Map<String, ?> defaults) {
    List<String> all = new ArrayList<>(sets);
    if (channels != null) {
      all.add("data.channels=\"" + channels + "\"");
    }
    if (badRecords != null) {
      all.add("data.bad-records=\"" + badRecords + "\"");
    }
    return Settings.of(
        Tasks.all(), new Settings.Given(storage, config, all, environment), task, defaults);
  }
}
