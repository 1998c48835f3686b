package org.deepgm.task;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;

/** The tasks that there are. */
public final class Tasks {
  private static final List<Task<?, ?, ?, ?>> ALL = load();

  private Tasks() {}

  private static List<Task<?, ?, ?, ?>> load() {
    List<Task<?, ?, ?, ?>> all = new ArrayList<>();
    ServiceLoader.load(Task.class, Tasks.class.getClassLoader()).forEach(all::add);
    all.sort(Comparator.comparing(Task::name));
    return List.copyOf(all);
  }

  /** All of them, by name. */
  public static List<Task<?, ?, ?, ?>> all() {
    return ALL;
  }

  /** The task of a name. */
  public static Task<?, ?, ?, ?> of(String name) {
    return ALL.stream()
        .filter(task -> task.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "Expected one of the tasks "
                        + ALL.stream().map(Task::name).collect(Collectors.joining(", "))
                        + ", found "
                        + (name.isEmpty() ? "none" : name)));
  }

  /** The task that a model in a directory was trained for. */
  public static Task<?, ?, ?, ?> ofModel(Storage storage, String directory) {
    String path = directory + "/" + ModelFiles.DESCRIPTION;
    if (!storage.exists(path)) {
      throw new InputException(
          directory + ": expected a model directory, found no " + ModelFiles.DESCRIPTION);
    }
    try {
      return of(new ObjectMapper().readTree(storage.read(path)).path("task").asText());
    } catch (IOException e) {
      throw new InputException(
          path + ": " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    } catch (InputException e) {
      throw new InputException(path + ": " + e.getMessage(), e);
    }
  }
}
