package org.deepgm.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deepgm.task.Inputs;
import org.deepgm.task.Task;
import org.deepgm.task.TaskOption;
import org.deepgm.task.Tasks;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The options of the command line that tasks bring along, and what was given of them. */
final class TaskInputs {
  private static final String VALIDATION = "validation-";
  private static final List<String> READING = List.of("train", "predict", "evaluate", "pack");

  private TaskInputs() {}

  /** Adds every task's options to the commands that take them. */
  static void add(CommandLine line) {
    for (String command : READING) {
      CommandSpec spec = line.getSubcommands().get(command).getCommandSpec();
      for (Task<?, ?, ?, ?> task : Tasks.all()) {
        for (TaskOption option : task.options()) {
          if (option.isData() || option.commands().contains(command)) {
            add(spec, option, "", task);
          }
          if (option.isData() && command.equals("train")) {
            add(spec, option, VALIDATION, task);
          }
        }
      }
    }
  }

  private static void add(
      CommandSpec spec, TaskOption option, String prefix, Task<?, ?, ?, ?> task) {
    String name = "--" + prefix + option.name();
    if (spec.findOption(name) != null) {
      return;
    }
    String of = prefix.isEmpty() ? "" : " Of the validation set.";
    OptionSpec.Builder builder =
        OptionSpec.builder(name).description("(" + task.name() + ") " + option.description() + of);
    spec.addOption(
        option.value() == null
            ? builder.arity("0").type(boolean.class).build()
            : builder.paramLabel(option.value()).type(String.class).build());
  }

  /**
   * What was given to a command.
   *
   * @param task whose options it may be
   * @param data value of {@code --data}, or null
   * @throws ParameterException with an option of another task
   */
  static Inputs of(CommandSpec spec, Task<?, ?, ?, ?> task, String data) {
    return of(spec, task, "", data);
  }

  /** The same of a validation set; null if there is none. */
  static Inputs validation(CommandSpec spec, Task<?, ?, ?, ?> task, String data) {
    Inputs inputs = of(spec, task, VALIDATION, data);
    return inputs.values().isEmpty() ? null : inputs;
  }

  private static Inputs of(CommandSpec spec, Task<?, ?, ?, ?> task, String prefix, String data) {
    Map<String, String> values = new HashMap<>();
    if (data != null) {
      values.put("data", data);
    }
    for (Task<?, ?, ?, ?> any : Tasks.all()) {
      for (TaskOption option : any.options()) {
        OptionSpec found = spec.findOption("--" + prefix + option.name());
        Object value = found == null ? null : found.getValue();
        if (value == null || value.equals(false)) {
          continue;
        }
        if (task.options().stream().noneMatch(o -> o.name().equals(option.name()))) {
          throw new ParameterException(
              spec.commandLine(),
              "Expected no "
                  + found.longestName()
                  + " with the task "
                  + task.name()
                  + ", found it");
        }
        values.put(option.name(), String.valueOf(value));
      }
    }
    return new Inputs(values);
  }

  /** The paths of data among inputs. */
  static List<String> paths(Task<?, ?, ?, ?> task, Inputs inputs) {
    List<String> paths = new ArrayList<>();
    if (inputs.has("data")) {
      paths.add(inputs.get("data"));
    }
    for (TaskOption option : task.options()) {
      if (option.isData() && inputs.has(option.name())) {
        paths.add(inputs.get(option.name()));
      }
    }
    return paths;
  }
}
