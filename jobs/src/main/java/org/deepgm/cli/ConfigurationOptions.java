package org.deepgm.cli;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Storage;
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
      description = "Short for --set data.channels=...")
  private String channels;

  @Option(
      names = "--bad-records",
      paramLabel = "fail|skip",
      description = "Short for --set data.bad-records=...")
  private String badRecords;

  /** The settings. */
  Settings settings(Storage storage) {
    return settings(storage, null);
  }

  /**
   * The settings.
   *
   * @param modelChannels the conversion of the model in use, taken where none is named; or null
   */
  Settings settings(Storage storage, String modelChannels) {
    List<String> all = new ArrayList<>(sets);
    if (channels != null) {
      all.add("data.channels=\"" + channels + "\"");
    }
    if (badRecords != null) {
      all.add("data.bad-records=\"" + badRecords + "\"");
    }
    List<String> defaults =
        modelChannels == null ? List.of() : List.of("data.channels=\"" + modelChannels + "\"");
    return Settings.of(storage, config, all, defaults);
  }
}
