package org.deepgm.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.StoreLimits;
import org.deepgm.fault.InputException;
import org.deepgm.network.LayerSpec;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.optimizer.Schedule;
import org.deepgm.text.TextEncoding;

/**
 * The options of a run: {@code reference.conf}, over it a file, over that single keys. What every
 * task has is turned into records here, what one task has in its own room; whatever does not fit is
 * one clear line.
 */
public final class Settings {
  private final Keys keys;
  private final TaskKeys task;
  private final List<? extends TaskKeys> tasks;

  private Settings(Keys keys, TaskKeys task, List<? extends TaskKeys> tasks) {
    this.keys = keys;
    this.task = task;
    this.tasks = tasks;
  }

  /**
   * Where options come from.
   *
   * @param storage reads the file
   * @param file path of a configuration file, or null
   * @param sets key=value pairs that override the file
   * @param environment whether {@code ${NAME}} may stand for a variable of the environment
   */
  public record Given(Storage storage, String file, List<String> sets, boolean environment) {
    /** Single keys alone. */
    public static Given keys(List<String> sets) {
      return new Given(null, null, sets, false);
    }
  }

  /** Reads the options of the task that they name. */
  public static Settings of(List<? extends TaskKeys> tasks, Given given) {
    return of(tasks, given, null, Map.of());
  }

  /**
   * Reads the options of a task.
   *
   * @param task its name, as of a model; null takes the one that the options name
   * @param defaults values that the file and {@code sets} override, such as a model's; never read
   *     as configuration
   */
  public static Settings of(
      List<? extends TaskKeys> tasks, Given given, String task, Map<String, ?> defaults) {
    Keys keys =
        Keys.of(tasks, given.storage(), given.file(), given.sets(), defaults, given.environment());
    String[] names = tasks.stream().map(TaskKeys::name).toArray(String[]::new);
    String named = keys.choice("task", names);
    if (task != null && keys.own().hasPath("task") && !named.equals(task)) {
      throw new InputException(
          "Expected task = " + task + " as of the model, found " + named + " in the configuration");
    }
    String wanted = task == null ? named : task;
    TaskKeys found = tasks.stream().filter(t -> t.name().equals(wanted)).findFirst().orElseThrow();
    Settings settings = new Settings(keys, found, tasks);
    settings.check();
    return settings;
  }

  private void check() {
    for (TaskKeys other : tasks) {
      for (Key key : other.keys()) {
        if (other != task && keys.own().hasPath(key.path())) {
          throw new InputException(
              "Expected no "
                  + key.path()
                  + ", a key of the task "
                  + other.name()
                  + ", with task = "
                  + task.name()
                  + "; found "
                  + keys.text(key.path()));
        }
      }
    }
    for (Key key : keys(task)) {
      key.check(keys);
    }
  }

  /** The keys that a task takes: of every task, and its own. */
  public static List<Key> keys(TaskKeys task) {
    List<Key> all = new ArrayList<>(CommonKeys.ALL);
    all.addAll(task.keys());
    return all;
  }

  /** Every key with its default; the comments of a value's origin are its documentation. */
  public static Config reference(List<? extends TaskKeys> tasks) {
    return Keys.reference(tasks);
  }

  /** The constant of a name in a configuration. */
  public static <E extends Enum<E>> E constant(Class<E> type, String name) {
    return Enum.valueOf(type, name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** What a record's own checks refuse is wrong configuration. */
  public static <T> T checked(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage(), e);
    }
  }

  /** What is labelled. */
  public String task() {
    return task.name();
  }

  /** Whether a key was set by hand. */
  public boolean given(String path) {
    return keys.own().hasPath(path);
  }

  /** A whole number. */
  public int integer(String path) {
    return keys.integer(path);
  }

  /** A finite number. */
  public double number(String path) {
    return keys.number(path);
  }

  /** True or false. */
  public boolean flag(String path) {
    return keys.flag(path);
  }

  /** The value as it would be written. */
  public String text(String path) {
    return keys.text(path);
  }

  /** The value as it may be kept: what comes from the environment as it was written. */
  public String written(String path) {
    return keys.shownText(path);
  }

  /** One of a few words. */
  public String choice(String path, String... choices) {
    return keys.choice(path, choices);
  }

  /** A list of texts. */
  public List<String> texts(String path) {
    return keys.texts(path);
  }

  /** A list. */
  public ConfigList list(String path) {
    return keys.list(path);
  }

  /** A list of numbers. */
  public double[] numbers(String path) {
    try {
      return keys.config().getDoubleList(path).stream().mapToDouble(d -> d).toArray();
    } catch (ConfigException e) {
      throw new InputException("Expected numbers in " + path, e);
    }
  }

  /** A value as {@code --set} takes it. */
  public static String set(String key, Object value, boolean list) {
    boolean quoted = value instanceof String && !list;
    return key + "=" + (quoted ? ConfigUtil.quoteString((String) value) : value);
  }

  /** How text files are written. */
  public TextEncoding encoding() {
    return checked(() -> new TextEncoding(keys.text("data.encoding")));
  }

  /** What is done about bad records. */
  public BadRecords badRecords() {
    return constant(BadRecords.class, keys.choice("data.bad-records", "fail", "skip"));
  }

  /** What the examples that executors keep may take. */
  public StoreLimits store() {
    double gigabytes = keys.number("data.local-space");
    return checked(() -> new StoreLimits(keys.number("data.memory"), Math.round(gigabytes * 1e9)));
  }

  /** Records a chunk of predict. */
  public int chunk() {
    return keys.integer("predict.chunk");
  }

  /** Partitions of a chunk of predict; 0 takes two a core. */
  public int predictPartitions() {
    return keys.integer("predict.partitions");
  }

  /** Hidden layers: a list, or the name of one. */
  public List<LayerSpec> layers(String path) {
    return layers(path, 0);
  }

  /**
   * The same.
   *
   * @param leak of layers that say nothing of it
   */
  public List<LayerSpec> layers(String path, double leak) {
    return Layers.read(keys, path, leak);
  }

  /** How to train. */
  public TrainingOptions training() {
    return checked(
        () ->
            new TrainingOptions(
                keys.integer("training.steps"),
                keys.number("training.epochs"),
                keys.integer("training.batch"),
                keys.integer("training.seed"),
                new OptimizerOptions(
                    constant(OptimizerOptions.Kind.class, keys.text("training.optimizer")),
                    keys.number("training.momentum"),
                    keys.number("training.second-decay"),
                    keys.number("training.weight-decay"),
                    keys.number("training.clip")),
                new Schedule(
                    constant(Schedule.Kind.class, keys.text("training.schedule")),
                    keys.number("training.rate"),
                    keys.integer("training.warmup"),
                    0,
                    keys.number("training.fall-factor"),
                    keys.number("training.fall-every")),
                keys.number("training.average"),
                keys.number("training.validate-every"),
                keys.integer("training.patience"),
                new TrainingOptions.Execution(
                    keys.integer("training.partitions"),
                    keys.integer("training.depth"),
                    keys.integer("training.checkpoint-every"),
                    keys.integer("training.checkpoint-keep"))));
  }

  /** All that changes the result of training, as JSON. */
  public ObjectNode mathematical() {
    return mathematical(keys.shown());
  }

  /**
   * All that may change how records are read, as JSON: whatever is no matter of training. More of
   * it than would have to be, where a task does not know better.
   */
  public ObjectNode reading() {
    ObjectNode out = mathematical();
    out.remove("training");
    out.put("task", task.name());
    for (Key key : keys(task)) {
      if (key.use() != Key.Use.MODEL && !key.path().startsWith("training.")) {
        out.put(key.path(), keys.shownText(key.path()));
      }
    }
    for (String other : List.of("local-store", "local-space", "memory", "findings")) {
      out.remove("data." + other);
    }
    return out;
  }

  /** The same with the default of every key: what a checkpoint means that lacks one. */
  public ObjectNode defaults() {
    return mathematical(Keys.reference(tasks));
  }

  private ObjectNode mathematical(Config config) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode out = mapper.createObjectNode();
    List<String> sections = new ArrayList<>(task.sections());
    sections.add("training");
    try {
      for (String section : sections) {
        String json =
            config.getValue(section).render(ConfigRenderOptions.concise().setFormatted(false));
        out.set(section, sorted(mapper.readTree(json), mapper));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    for (TaskKeys other : tasks) {
      for (Key key : other.keys()) {
        if (other != task || key.use() != Key.Use.MODEL) {
          remove(out, key.path());
        }
      }
    }
    for (Key key : CommonKeys.ALL) {
      if (key.use() != Key.Use.MODEL) {
        remove(out, key.path());
      }
    }
    out.put("channels", config.getString("data.channels"));
    return out;
  }

  /** Removes a key, and a section that it leaves empty. */
  private static void remove(ObjectNode node, String path) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      node.remove(path);
    } else if (node.get(path.substring(0, dot)) instanceof ObjectNode inner) {
      remove(inner, path.substring(dot + 1));
      if (inner.isEmpty()) {
        node.remove(path.substring(0, dot));
      }
    }
  }

  private static JsonNode sorted(JsonNode node, ObjectMapper mapper) {
    if (!node.isObject()) {
      return node;
    }
    ObjectNode out = mapper.createObjectNode();
    Set<String> names = new TreeSet<>();
    node.fieldNames().forEachRemaining(names::add);
    names.forEach(n -> out.set(n, sorted(node.get(n), mapper)));
    return out;
  }
}
