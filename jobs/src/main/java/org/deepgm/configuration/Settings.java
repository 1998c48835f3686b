package org.deepgm.configuration;

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
import org.deepgm.fault.InputException;
import org.deepgm.field.InferenceOptions;
import org.deepgm.field.Offset;
import org.deepgm.network.LayerSpec;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.optimizer.Schedule;
import org.deepgm.prediction.PredictionOptions;
import org.deepgm.segmentation.Augmentation;
import org.deepgm.segmentation.Learning;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.text.TextEncoding;
import org.deepgm.training.TrainingOptions;

/**
 * The options of a run: {@code reference.conf}, over it a file, over that single keys. Turned into
 * the records that the parts are made with; whatever does not fit is one clear line.
 */
public final class Settings {
  private static final Set<String> EXECUTION =
      Set.of("partitions", "depth", "checkpoint-every", "checkpoint-keep");

  /** Keys of transcription that change no training. */
  private static final Set<String> OF_DECODING =
      Set.of("path", "text", "gap", "max-frames", "beam", "lexicon", "word-weight", "word-bonus");

  /** Keys of training that only images have. */
  private static final Set<String> OF_IMAGES =
      Set.of("objective", "augment", "crop", "class-cost", "gibbs-sweeps", "field-rate");

  private static final Set<String> LAYER = Set.of("channels", "kernel", "dilation", "residual");

  private final Keys keys;

  private Settings(Keys keys) {
    this.keys = keys;
  }

  /**
   * Reads the options.
   *
   * @param file path of a configuration file, or null
   * @param sets key=value pairs that override the file
   * @param defaults values that the file and {@code sets} override, such as a model's; never read
   *     as configuration
   * @param environment whether {@code ${NAME}} may stand for a variable of the environment
   */
  public static Settings of(
      Storage storage,
      String file,
      List<String> sets,
      Map<String, ?> defaults,
      boolean environment) {
    return new Settings(Keys.of(storage, file, sets, defaults, environment));
  }

  /** The defaults with single keys over them. */
  public static Settings of(List<String> sets) {
    return of(null, null, sets, Map.of(), false);
  }

  /** Every key with its default; the comments of a value's origin are its documentation. */
  public static Config reference() {
    return Keys.reference();
  }

  /** The constant of a name in a configuration. */
  public static <E extends Enum<E>> E constant(Class<E> type, String name) {
    return Enum.valueOf(type, name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** What a record's own checks refuse is wrong configuration. */
  public static <T> T checked(java.util.function.Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage(), e);
    }
  }

  /** What is learned: segmentation, tagging, transcription or parsing. */
  public String task() {
    return keys.choice("task", "segmentation", "tagging", "transcription", "parsing");
  }

  /** The options of a tagger. */
  public TaggingSettings tagging() {
    return new TaggingSettings(keys, this);
  }

  /** The options of a transcriber. */
  public SpeechSettings speech() {
    return new SpeechSettings(keys, this);
  }

  /** The options of a parser. */
  public ParsingSettings parsing() {
    return new ParsingSettings(keys, this);
  }

  /** Makes everything once that does not need the data, so that mistakes show before it is read. */
  public void check(int labels) {
    shape(labels, 3);
    training();
    augmentation();
    classCost();
    validateBy();
    bracketSweepsAsked();
    bracketSweeps();
    decoding();
    encoding();
    badRecords();
  }

  /** How image files are decoded. */
  public Decoding decoding() {
    boolean rgb = keys.choice("data.channels", "keep", "rgb").equals("rgb");
    return checked(() -> new Decoding(rgb, (long) keys.number("data.max-pixels")));
  }

  /** How text files are written. */
  public TextEncoding encoding() {
    return checked(() -> new TextEncoding(keys.text("data.encoding")));
  }

  /** What is done about bad records. */
  public BadRecords badRecords() {
    return constant(BadRecords.class, keys.choice("data.bad-records", "fail", "skip"));
  }

  /** The field, for a data set of so many labels and channels. */
  public SegmentationSpec spec(int labels, int channels) {
    return checked(
        () -> {
          SegmentationSpec spec = shape(labels, channels);
          // Whether residual layers fit is known with the channels of the data.
          spec.layOut();
          return spec;
        });
  }

  private SegmentationSpec shape(int labels, int channels) {
    return checked(
        () ->
            new SegmentationSpec(
                labels,
                channels,
                constant(
                    SegmentationSpec.Features.class,
                    keys.choice("scorer.features", "color", "filter-bank")),
                keys.integer("scorer.scales"),
                keys.flag("scorer.position"),
                layers("scorer.layers"),
                keys.integer("scorer.edge-channels"),
                offsets(),
                keys.flag("field.constant"),
                keys.flag("field.contrast"),
                keys.number("field.contrast-scale"),
                inference()));
  }

  private InferenceOptions inference() {
    InferenceOptions options =
        new InferenceOptions(
            constant(
                InferenceOptions.Engine.class,
                keys.choice(
                    "field.engine",
                    "mean-field",
                    "belief-propagation",
                    "tree-reweighted",
                    "elimination")),
            constant(
                InferenceOptions.Schedule.class,
                keys.choice("field.schedule", "auto", "colored", "parallel")),
            damping(),
            keys.integer("field.sweeps"),
            keys.number("field.tolerance"));
    return learning().objective() == Learning.Objective.MARGINAL ? unrolled(options) : options;
  }

  /** A marginal loss trains its very sweeps, and takes them undamped; others must converge. */
  private double damping() {
    if (keys.text("field.damping").equals("auto")) {
      return learning().objective() == Learning.Objective.MARGINAL ? 0 : 0.5;
    }
    return keys.number("field.damping");
  }

  /** The inference that the marginal loss trains for: its sweeps and no others. */
  private static InferenceOptions unrolled(InferenceOptions options) {
    if (options.engine() != InferenceOptions.Engine.MEAN_FIELD) {
      throw new InputException(
          "Expected field.engine = mean-field with training.objective = marginal, which goes back"
              + " through its sweeps; found another engine");
    }
    if (options.schedule() == InferenceOptions.Schedule.COLORED) {
      throw new InputException(
          "Expected field.schedule = parallel or auto with training.objective = marginal, found"
              + " colored");
    }
    return new InferenceOptions(
        InferenceOptions.Schedule.PARALLEL, options.damping(), options.sweeps(), 0);
  }

  /** What is minimised. */
  public Learning learning() {
    return checked(
        () -> {
          Learning.Objective objective =
              constant(
                  Learning.Objective.class,
                  keys.choice(
                      "training.objective",
                      "marginal",
                      "likelihood",
                      "pseudo-likelihood",
                      "contrastive-divergence"));
          double rate = keys.number("training.field-rate");
          boolean whole = rate == 0 && objective == Learning.Objective.MARGINAL;
          return new Learning(objective, keys.integer("training.gibbs-sweeps"), whole ? 1 : rate);
        });
  }

  /** Hidden layers. */
  public List<LayerSpec> layers(String path) {
    List<LayerSpec> layers = new ArrayList<>();
    for (ConfigValue value : keys.list(path)) {
      if (!(value instanceof ConfigObject object) || !LAYER.containsAll(object.keySet())) {
        throw new InputException(
            "Expected { channels, kernel, dilation, residual } in "
                + path
                + ", found "
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
            "Expected { channels, kernel, dilation, residual } in "
                + path
                + ", found "
                + object.render(ConfigRenderOptions.concise()),
            e);
      }
    }
    return layers;
  }

  private List<Offset> offsets() {
    List<Offset> offsets = new ArrayList<>();
    for (ConfigValue value : keys.list("field.offsets")) {
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
  public TrainingOptions training() {
    return checked(
        () ->
            new TrainingOptions(
                keys.integer("training.steps"),
                keys.number("training.epochs"),
                keys.integer("training.batch"),
                keys.integer("training.seed"),
                new OptimizerOptions(
                    constant(
                        OptimizerOptions.Kind.class,
                        keys.choice("training.optimizer", "adam", "sgd", "adagrad")),
                    keys.number("training.momentum"),
                    keys.number("training.second-decay"),
                    keys.number("training.weight-decay"),
                    keys.number("training.clip")),
                new Schedule(
                    constant(
                        Schedule.Kind.class,
                        keys.choice("training.schedule", "constant", "step", "cosine")),
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

  /** Views of training images. */
  public Augmentation augmentation() {
    return checked(
        () ->
            new Augmentation(
                keys.flag("training.augment.mirror"),
                keys.number("training.augment.scale"),
                keys.number("training.augment.jitter"),
                keys.integer("training.crop")));
  }

  /** Strength of the softmax-margin cost. */
  public double classCost() {
    double cost = keys.number("training.class-cost");
    if (!(cost >= 0 && cost <= 10)) {
      throw new InputException("Expected training.class-cost in [0, 10], found " + cost);
    }
    return cost;
  }

  /** The score that decides which state is best. */
  public String validateBy() {
    return keys.choice(
        "training.validate-by", "miou", "accuracy", "class-accuracy", "loss", "log-loss");
  }

  /** Sweeps to bracket the true loss with in every evaluation; 0 does not. */
  public int bracketSweeps() {
    return keys.flag("evaluate.bracket") ? bracketSweepsAsked() : 0;
  }

  /** Sweeps to bracket the true loss with where it is asked for. */
  public int bracketSweepsAsked() {
    int sweeps = keys.integer("evaluate.bracket-sweeps");
    if (sweeps < 1 || sweeps > 10_000) {
      throw new InputException("Expected evaluate.bracket-sweeps in 1..10000, found " + sweeps);
    }
    return sweeps;
  }

  /** Images a chunk of predict. */
  public int chunk() {
    int chunk = keys.integer("predict.chunk");
    if (chunk < 1) {
      throw new InputException("Expected predict.chunk >= 1, found " + chunk);
    }
    return chunk;
  }

  /** Side of the tiles of large images; 0 cuts none. */
  public int tile() {
    return atLeast("predict.tile", 0);
  }

  /** Margin around a tile. */
  public int halo() {
    return atLeast("predict.halo", 0);
  }

  private int atLeast(String key, int least) {
    int value = keys.integer(key);
    if (value < least) {
      throw new InputException("Expected " + key + " >= " + least + ", found " + value);
    }
    return value;
  }

  /** Partitions of a chunk of predict. */
  public int predictPartitions() {
    return atLeast("predict.partitions", 0);
  }

  private static final String[] DECODES = {"marginal", "weighted", "map", "max-product"};

  /** How labels are read off. */
  public PredictionOptions.Decode decode() {
    return switch (keys.choice("predict.decode", DECODES)) {
      case "map" -> PredictionOptions.Decode.MAP;
      case "max-product" -> PredictionOptions.Decode.MAX_PRODUCT;
      default -> PredictionOptions.Decode.MARGINAL;
    };
  }

  /** Factors of the classes in decoding, or null to weigh all alike. */
  public double[] decodeWeights(int labels) {
    if (!keys.choice("predict.decode", DECODES).equals("weighted")) {
      return null;
    }
    double[] weights;
    try {
      weights =
          keys.config().getDoubleList("predict.class-weights").stream()
              .mapToDouble(d -> d)
              .toArray();
    } catch (ConfigException e) {
      throw new InputException("Expected numbers in predict.class-weights", e);
    }
    if (weights.length != labels || Arrays.stream(weights).anyMatch(w -> !(w > 0 && w < 1e30))) {
      throw new InputException(
          "Expected "
              + labels
              + " factors above 0 in predict.class-weights, found "
              + keys.text("predict.class-weights"));
    }
    return weights;
  }

  /** All that changes the result of training, as JSON. */
  public ObjectNode mathematical() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode out = mapper.createObjectNode();
    try {
      for (String section : sections()) {
        String json =
            keys.shown()
                .getValue(section)
                .render(ConfigRenderOptions.concise().setFormatted(false));
        JsonNode node = mapper.readTree(json);
        if (section.equals("training")) {
          ((ObjectNode) node).remove(EXECUTION);
          if (!task().equals("segmentation")) {
            ((ObjectNode) node).remove(OF_IMAGES);
          }
        }
        if (section.equals("transcription")) {
          ((ObjectNode) node).remove(OF_DECODING);
        }
        if (section.equals("parsing")) {
          ((ObjectNode) node).remove("decode");
        }
        out.set(section, sorted(node, mapper));
      }
      out.put("channels", keys.text("data.channels"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out;
  }

  private List<String> sections() {
    return switch (task()) {
      case "tagging" -> List.of("tagging", "training");
      case "transcription" -> List.of("transcription", "training");
      case "parsing" -> List.of("parsing", "training");
      default -> List.of("scorer", "field", "training");
    };
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
