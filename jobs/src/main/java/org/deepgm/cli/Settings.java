package org.deepgm.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.deepgm.dataset.BadRecords;
import org.deepgm.dataset.Decoding;
import org.deepgm.dataset.Storage;
import org.deepgm.field.InferenceOptions;
import org.deepgm.field.Offset;
import org.deepgm.image.InputException;
import org.deepgm.network.LayerSpec;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.optimizer.Schedule;
import org.deepgm.segmentation.Augmentation;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.training.TrainingOptions;

/**
 * The options of a run: {@code reference.conf}, over it a file, over that single keys. Turned into
 * the records that the parts are made with; whatever does not fit is one clear line.
 */
final class Settings {
  private static final Set<String> EXECUTION =
      Set.of("partitions", "depth", "checkpoint-every", "checkpoint-keep");
  private static final Set<String> LAYER = Set.of("channels", "kernel", "dilation", "residual");

  private final Config config;

  private Settings(Config config) {
    this.config = config;
  }

  /**
   * Reads the options.
   *
   * @param file path of a configuration file, or null
   * @param sets key=value pairs
   */
  static Settings of(Storage storage, String file, List<String> sets) {
    return of(storage, file, sets, List.of());
  }

  /**
   * The same over other defaults.
   *
   * @param defaults key=value pairs that a file and {@code sets} override
   */
  static Settings of(Storage storage, String file, List<String> sets, List<String> defaults) {
    Config reference =
        ConfigFactory.parseResources(Settings.class, "/org/deepgm/cli/reference.conf").resolve();
    Config own = ConfigFactory.empty();
    if (file != null) {
      String text = new String(storage.read(file), java.nio.charset.StandardCharsets.UTF_8);
      if (text.lines().anyMatch(l -> l.strip().matches("include\\s.*"))) {
        throw new InputException(file + ": expected one file of keys, found an include");
      }
      own = parse(text, file);
    }
    for (String set : sets) {
      int equals = set.indexOf('=');
      if (equals < 1) {
        throw new InputException("--set " + set + ": expected key=value");
      }
      own = parse(set, "--set " + set).withFallback(own);
    }
    try {
      own = own.resolve();
      check(own.root(), "", reference);
      for (String set : defaults) {
        own = own.withFallback(ConfigFactory.parseString(set));
      }
      return new Settings(own.withFallback(reference).resolve());
    } catch (ConfigException e) {
      throw new InputException("configuration: " + firstLine(e), e);
    }
  }

  private static Config parse(String text, String place) {
    try {
      return ConfigFactory.parseString(text);
    } catch (ConfigException e) {
      throw new InputException(place + ": " + firstLine(e), e);
    }
  }

  private static String firstLine(ConfigException e) {
    return e.getMessage().replace("String: ", "line ").lines().findFirst().orElse("");
  }

  private static void check(ConfigObject object, String prefix, Config reference) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String path = prefix + entry.getKey();
      boolean plain = entry.getKey().matches("[A-Za-z0-9-]+");
      if (!plain || !reference.hasPath(path)) {
        throw new InputException(
            "Unknown key " + path + "; the nearest known key is " + nearest(path, reference));
      }
      if (entry.getValue().valueType() == ConfigValueType.NULL) {
        throw new InputException("Expected a value for " + path + ", found null");
      }
      ConfigValueType expected = reference.getValue(path).valueType();
      if (entry.getValue() instanceof ConfigObject inner) {
        if (expected != ConfigValueType.OBJECT) {
          throw new InputException("Expected a value for " + path + ", found a section");
        }
        check(inner, path + ".", reference);
      } else if (expected == ConfigValueType.OBJECT) {
        throw new InputException(
            "Expected a section for " + path + ", found " + entry.getValue().render());
      }
    }
  }

  private static String nearest(String path, Config reference) {
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String known :
        new TreeSet<>(reference.entrySet().stream().map(Map.Entry::getKey).toList())) {
      String last = known.substring(known.lastIndexOf('.') + 1);
      int d = Math.min(distance(path, known), distance(path, last) + 1);
      if (d < least) {
        least = d;
        best = known;
      }
    }
    return best;
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int next = Math.min(Math.min(row[j], row[j - 1]) + 1, diagonal + cost);
        diagonal = row[j];
        row[j] = next;
      }
    }
    return row[b.length()];
  }

  private int integer(String path) {
    double value = number(path);
    if (Double.isNaN(value) || value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new InputException("Expected a whole number for " + path + ", found " + text(path));
    }
    return (int) value;
  }

  private double number(String path) {
    try {
      double value = config.getDouble(path);
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        throw new InputException("Expected a finite number for " + path + ", found " + value);
      }
      return value;
    } catch (ConfigException e) {
      throw new InputException("Expected a number for " + path + ", found " + text(path), e);
    }
  }

  private boolean flag(String path) {
    try {
      return config.getBoolean(path);
    } catch (ConfigException e) {
      throw new InputException("Expected true or false for " + path + ", found " + text(path), e);
    }
  }

  private String text(String path) {
    ConfigValue value = config.getValue(path);
    return value.valueType() == ConfigValueType.STRING
        ? (String) value.unwrapped()
        : value.render(ConfigRenderOptions.concise());
  }

  private String choice(String path, String... choices) {
    String value = text(path).toLowerCase(Locale.ROOT);
    if (!List.of(choices).contains(value)) {
      throw new InputException(
          "Expected " + String.join(", ", choices) + " for " + path + ", found " + value);
    }
    return value;
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String name) {
    return Enum.valueOf(type, name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static <T> T checked(java.util.function.Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage(), e);
    }
  }

  /** Makes everything once that does not need the data, so that mistakes show before it is read. */
  void check(int labels) {
    spec(labels, 3);
    training();
    augmentation();
    classCost();
    validateBy();
    decoding();
    badRecords();
  }

  /** How image files are decoded. */
  Decoding decoding() {
    boolean rgb = choice("data.channels", "keep", "rgb").equals("rgb");
    return checked(() -> new Decoding(rgb, (long) number("data.max-pixels")));
  }

  /** What is done about bad records. */
  BadRecords badRecords() {
    return constant(BadRecords.class, choice("data.bad-records", "fail", "skip"));
  }

  /** The field, for a data set of so many labels and channels. */
  SegmentationSpec spec(int labels, int channels) {
    choice("task", "segmentation");
    return checked(
        () -> {
          SegmentationSpec spec =
              new SegmentationSpec(
                  labels,
                  channels,
                  constant(
                      SegmentationSpec.Features.class,
                      choice("scorer.features", "color", "filter-bank")),
                  integer("scorer.scales"),
                  flag("scorer.position"),
                  layers(),
                  integer("scorer.edge-channels"),
                  offsets(),
                  flag("field.constant"),
                  flag("field.contrast"),
                  number("field.contrast-scale"),
                  inference());
          spec.layOut();
          return spec;
        });
  }

  private InferenceOptions inference() {
    return new InferenceOptions(
        constant(
            InferenceOptions.Schedule.class,
            choice("field.schedule", "auto", "colored", "parallel")),
        number("field.damping"),
        integer("field.sweeps"),
        number("field.tolerance"));
  }

  private List<LayerSpec> layers() {
    List<LayerSpec> layers = new ArrayList<>();
    for (ConfigValue value : list("scorer.layers")) {
      if (!(value instanceof ConfigObject object) || !LAYER.containsAll(object.keySet())) {
        throw new InputException(
            "Expected { channels, kernel, dilation, residual } in scorer.layers, found "
                + value.render(ConfigRenderOptions.concise()));
      }
      Config layer =
          object
              .toConfig()
              .withFallback(
                  ConfigFactory.parseString("kernel = 3, dilation = 1, residual = false"));
      try {
        layers.add(
            new LayerSpec(
                layer.getInt("channels"),
                layer.getInt("kernel"),
                layer.getInt("dilation"),
                layer.getBoolean("residual")));
      } catch (ConfigException e) {
        throw new InputException(
            "Expected { channels, kernel, dilation, residual } in scorer.layers, found "
                + object.render(ConfigRenderOptions.concise()),
            e);
      }
    }
    return layers;
  }

  private ConfigList list(String path) {
    try {
      return config.getList(path);
    } catch (ConfigException e) {
      throw new InputException("Expected a list for " + path + ", found " + text(path), e);
    }
  }

  private List<Offset> offsets() {
    List<Offset> offsets = new ArrayList<>();
    for (ConfigValue value : list("field.offsets")) {
      boolean pair =
          value instanceof ConfigList l
              && l.size() == 2
              && l.stream().allMatch(v -> v.unwrapped() instanceof Integer);
      if (!pair) {
        throw new InputException(
            "Expected pairs [dy, dx] in field.offsets, found "
                + value.render(ConfigRenderOptions.concise()));
      }
      ConfigList l = (ConfigList) value;
      offsets.add(new Offset((Integer) l.get(0).unwrapped(), (Integer) l.get(1).unwrapped()));
    }
    return offsets;
  }

  /** How to train. */
  TrainingOptions training() {
    return checked(
        () ->
            new TrainingOptions(
                integer("training.steps"),
                number("training.epochs"),
                integer("training.batch"),
                integer("training.seed"),
                new OptimizerOptions(
                    constant(
                        OptimizerOptions.Kind.class, choice("training.optimizer", "adam", "sgd")),
                    number("training.momentum"),
                    number("training.second-decay"),
                    number("training.weight-decay"),
                    number("training.clip")),
                new Schedule(
                    constant(
                        Schedule.Kind.class,
                        choice("training.schedule", "constant", "step", "cosine")),
                    number("training.rate"),
                    integer("training.warmup"),
                    0,
                    number("training.fall-factor"),
                    number("training.fall-every")),
                number("training.average"),
                number("training.validate-every"),
                integer("training.patience"),
                new TrainingOptions.Execution(
                    integer("training.partitions"),
                    integer("training.depth"),
                    integer("training.checkpoint-every"),
                    integer("training.checkpoint-keep"))));
  }

  /** Views of training images. */
  Augmentation augmentation() {
    return checked(
        () ->
            new Augmentation(
                flag("training.augment.mirror"),
                number("training.augment.scale"),
                number("training.augment.jitter"),
                integer("training.crop")));
  }

  /** Strength of the softmax-margin cost. */
  double classCost() {
    double cost = number("training.class-cost");
    if (!(cost >= 0 && cost <= 10)) {
      throw new InputException("Expected training.class-cost in [0, 10], found " + cost);
    }
    return cost;
  }

  /** The score that decides which state is best. */
  String validateBy() {
    return choice("training.validate-by", "miou", "accuracy", "class-accuracy", "loss");
  }

  /** Images a chunk of predict. */
  int chunk() {
    int chunk = integer("predict.chunk");
    if (chunk < 1) {
      throw new InputException("Expected predict.chunk >= 1, found " + chunk);
    }
    return chunk;
  }

  /** Partitions of a chunk of predict. */
  int predictPartitions() {
    int partitions = integer("predict.partitions");
    if (partitions < 0) {
      throw new InputException("Expected predict.partitions >= 0, found " + partitions);
    }
    return partitions;
  }

  /** Whether the labelling of highest score is decoded. */
  boolean decodeMap() {
    return choice("predict.decode", "marginal", "weighted", "map").equals("map");
  }

  /** Factors of the classes in decoding, or null to weigh all alike. */
  double[] decodeWeights(int labels) {
    if (!choice("predict.decode", "marginal", "weighted", "map").equals("weighted")) {
      return null;
    }
    double[] weights;
    try {
      weights =
          config.getDoubleList("predict.class-weights").stream().mapToDouble(d -> d).toArray();
    } catch (ConfigException e) {
      throw new InputException("Expected numbers in predict.class-weights", e);
    }
    if (weights.length != labels || Arrays.stream(weights).anyMatch(w -> !(w > 0 && w < 1e30))) {
      throw new InputException(
          "Expected "
              + labels
              + " factors above 0 in predict.class-weights, found "
              + text("predict.class-weights"));
    }
    return weights;
  }

  /** All that changes the result of training, as JSON. */
  ObjectNode mathematical() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode out = mapper.createObjectNode();
    try {
      for (String section : List.of("scorer", "field", "training")) {
        String json =
            config.getValue(section).render(ConfigRenderOptions.concise().setFormatted(false));
        JsonNode node = mapper.readTree(json);
        if (section.equals("training")) {
          ((ObjectNode) node).remove(EXECUTION);
        }
        out.set(section, sorted(node, mapper));
      }
      out.put("channels", text("data.channels"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out;
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
