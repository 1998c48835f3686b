package org.deepgm.task;

import java.util.Set;

/**
 * An option of the command line that one task has.
 *
 * @param name without dashes
 * @param value what stands for its value in the help; null: a flag
 * @param description for the help
 * @param commands that take it; empty: it names data, and all commands that read data take it,
 *     {@code train} a second time with {@code --validation-} before its name
 */
public record TaskOption(String name, String value, String description, Set<String> commands) {
  /** An option that names data. */
  public static TaskOption data(String name, String value, String description) {
    return new TaskOption(name, value, description, Set.of());
  }

  /** Whether it names data. */
  public boolean isData() {
    return commands.isEmpty();
  }
}
