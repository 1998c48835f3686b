package org.deepgm.task.segmentation;

import static org.deepgm.configuration.Settings.checked;
import static org.deepgm.configuration.Settings.constant;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.fault.InputException;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.Offset;
import org.deepgm.segmentation.Augmentation;
import org.deepgm.segmentation.Decoding;
import org.deepgm.segmentation.LabelSpread;
import org.deepgm.segmentation.Learning;
import org.deepgm.segmentation.SegmentationObjective;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.Targets;
import org.deepgm.segmentation.Texture;
import org.deepgm.segmentation.Views;

/**
 * The options of a field that labels images: the sections {@code scorer} and {@code field}, and
 * what images have in the others.
 *
 * @param keys all of them
 */
public record FieldSettings(Settings keys) {
  static final List<Key> KEYS =
      List.of(
          Key.choice("data.channels", "keep", "rgb").ofApplication(),
          Key.number("data.max-pixels", 1, 1 << 30).ofApplication(),
          Key.choice("scorer.features", "color", "filter-bank"),
          Key.whole("scorer.scales", 1, 16),
          Key.flag("scorer.position"),
          Key.flag("scorer.texture.patterns"),
          Key.whole("scorer.texture.textons", 0, 256),
          Key.whole("scorer.texture.place", 0, 64),
          Key.list("scorer.texture.windows"),
          Key.layers("scorer.layers"),
          Key.number("scorer.leak", 0, 0.99),
          Key.whole("scorer.edge-channels", 0, 1 << 10),
          Key.text("scorer.edge-layer"),
          Key.list("field.offsets"),
          Key.flag("field.constant"),
          Key.flag("field.contrast"),
          Key.number("field.contrast-scale", 0, 1e12),
          Key.choice(
              "field.engine", "mean-field", "belief-propagation", "tree-reweighted", "elimination"),
          Key.choice("field.schedule", "auto", "colored", "parallel"),
          Key.numberOrAuto("field.damping", 0, 1),
          Key.whole("field.sweeps", 0, Integer.MAX_VALUE),
          Key.number("field.tolerance", 0, 1e12),
          Key.choice(
              "training.objective",
              "marginal",
              "likelihood",
              "pseudo-likelihood",
              "contrastive-divergence"),
          Key.whole("training.gibbs-sweeps", 1, Integer.MAX_VALUE),
          Key.number("training.field-rate", 0, 1e12),
          Key.whole("training.field-after", 0, Integer.MAX_VALUE),
          Key.number("training.class-cost", 0, 10),
          Key.whole("training.class-cost-steps", 0, Integer.MAX_VALUE),
          Key.choice("training.balance", "none", "median"),
          Key.number("training.label-smoothing", 0, 0.9),
          Key.number("training.overlap", 0, 1),
          Key.number("training.spread", 0, 1),
          Key.whole("training.spread-steps", 0, Integer.MAX_VALUE),
          Key.flag("training.augment.mirror"),
          Key.number("training.augment.scale", 1, 1e3),
          Key.number("training.augment.jitter", 0, 1),
          Key.number("training.augment.color", 0, 1),
          Key.number("training.augment.gamma", 0, 10),
          Key.number("training.augment.shrink", 0.1, 1),
          Key.number("training.augment.rotate", 0, 180),
          Key.number("training.augment.elastic", 0, 100),
          Key.whole("training.crop", 0, Integer.MAX_VALUE),
          Key.flag("evaluate.bracket").ofApplication(),
          Key.whole("evaluate.bracket-sweeps", 1, 10_000).ofApplication(),
          Key.choice("predict.decode", "marginal", "weighted", "map", "max-product")
              .ofApplication(),
          Key.list("predict.class-weights").ofApplication(),
          Key.whole("predict.tile", 0, Integer.MAX_VALUE).ofApplication(),
          Key.whole("predict.halo", 0, Integer.MAX_VALUE).ofApplication(),
          Key.flag("predict.flip").ofApplication(),
          Key.flag("predict.turn").ofApplication(),
          Key.list("predict.scales").ofApplication());

  /** Makes everything once that does not need the data, so that mistakes show before it is read. */
  public void check(int labels) {
    shape(labels, 3);
    learning(new double[labels]);
    keys.training();
    augmentation();
    phases();
    validateBy();
    reading();
  }

  /** How image files are read. */
  public ImageReading reading() {
    boolean rgb = keys.text("data.channels").equals("rgb");
    return checked(() -> new ImageReading(rgb, (long) keys.number("data.max-pixels")));
  }

  /** The field, for a data set of so many labels and channels. */
  SegmentationSpec spec(int labels, int channels) {
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
                constant(SegmentationSpec.Features.class, keys.text("scorer.features")),
                keys.integer("scorer.scales"),
                keys.flag("scorer.position"),
                keys.layers("scorer.layers", keys.number("scorer.leak")),
                keys.integer("scorer.edge-channels"),
                offsets(),
                keys.flag("field.constant"),
                keys.flag("field.contrast"),
                keys.number("field.contrast-scale"),
                inference(),
                texture(),
                edgeLayer()));
  }

  private Texture texture() {
    boolean patterns = keys.flag("scorer.texture.patterns");
    int textons = keys.integer("scorer.texture.textons");
    int place = keys.integer("scorer.texture.place");
    List<Integer> windows = new ArrayList<>();
    for (double side : keys.numbers("scorer.texture.windows")) {
      if (side != Math.rint(side)) {
        throw new InputException(
            "Expected whole numbers in scorer.texture.windows, found "
                + keys.text("scorer.texture.windows"));
      }
      windows.add((int) side);
    }
    boolean shares = patterns || textons > 0;
    return new Texture(shares ? windows : List.of(), patterns, textons, place);
  }

  /** The layer of edge features; null for the last one. */
  private String edgeLayer() {
    String name = keys.text("scorer.edge-layer");
    return name.isEmpty() || keys.integer("scorer.edge-channels") == 0 ? null : name;
  }

  private InferenceOptions inference() {
    InferenceOptions options =
        new InferenceOptions(
            constant(InferenceOptions.Engine.class, keys.text("field.engine")),
            constant(InferenceOptions.Schedule.class, keys.text("field.schedule")),
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

  /**
   * What is minimised, on data of these labels.
   *
   * @param frequencies share of each label
   */
  Learning learning(double[] frequencies) {
    Learning plain = learning();
    boolean median = keys.text("training.balance").equals("median");
    double smoothing = keys.number("training.label-smoothing");
    float[] weights = median ? Targets.balanced(frequencies) : new float[0];
    double overlap = keys.number("training.overlap");
    Targets targets = checked(() -> new Targets(weights, smoothing, overlap));
    if (targets.any()
        && plain.objective() != Learning.Objective.MARGINAL
        && !keys.list("field.offsets").isEmpty()) {
      throw new InputException(
          "Expected training.objective = marginal, or no field.offsets, with "
              + (median
                  ? "training.balance"
                  : smoothing > 0 ? "training.label-smoothing" : "training.overlap")
              + ", which is of marginals; found "
              + keys.text("training.objective"));
    }
    return new Learning(
        plain.objective(), plain.gibbsSweeps(), plain.fieldRate(), plain.fieldAfter(), targets);
  }

  private Learning learning() {
    return checked(
        () -> {
          Learning.Objective objective =
              constant(Learning.Objective.class, keys.text("training.objective"));
          double rate = keys.number("training.field-rate");
          boolean whole = rate == 0 && objective == Learning.Objective.MARGINAL;
          return new Learning(
              objective,
              keys.integer("training.gibbs-sweeps"),
              whole ? 1 : rate,
              keys.integer("training.field-after"),
              Targets.GOLD);
        });
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

  /** What is labelled in training beside what was. */
  LabelSpread spread() {
    return checked(() -> new LabelSpread(keys.number("training.spread")));
  }

  /** What counts in which steps. */
  SegmentationObjective.Phases phases() {
    int steps = keys.integer("training.spread-steps");
    if (steps > 0 && spread().share() == 0) {
      throw new InputException(
          "Expected training.spread above 0 with training.spread-steps = " + steps + ", found 0");
    }
    String balance = keys.text("training.balance");
    if (steps > 0 && !balance.equals("none")) {
      throw new InputException(
          "Expected training.balance = none with training.spread-steps = "
              + steps
              + ", found "
              + balance);
    }
    int costly = keys.integer("training.class-cost-steps");
    boolean other = !balance.equals("none") || keys.number("training.overlap") > 0;
    if (costly > 0 && classCost() == 0 && !other) {
      throw new InputException(
          "Expected training.class-cost or overlap above 0, or training.balance = median, with"
              + " training.class-cost-steps = "
              + costly
              + ", found none of them: all steps would be alike");
    }
    return checked(() -> new SegmentationObjective.Phases(steps, costly));
  }

  /** Views of training images. */
  Augmentation augmentation() {
    return checked(
        () ->
            new Augmentation(
                keys.flag("training.augment.mirror"),
                keys.number("training.augment.scale"),
                keys.number("training.augment.shrink"),
                keys.number("training.augment.rotate"),
                keys.number("training.augment.elastic"),
                new Augmentation.Light(
                    keys.number("training.augment.jitter"),
                    keys.number("training.augment.color"),
                    keys.number("training.augment.gamma")),
                keys.integer("training.crop")));
  }

  /** Strength of the softmax-margin cost. */
  double classCost() {
    return keys.number("training.class-cost");
  }

  /** The score that decides which state is best. */
  String validateBy() {
    return keys.choice(
        "training.validate-by", "miou", "accuracy", "class-accuracy", "loss", "log-loss");
  }

  /**
   * Sweeps to bracket the true loss with in every evaluation; 0 does not.
   *
   * @param asked whether it is asked for in any case
   */
  int bracketSweeps(boolean asked) {
    return asked || keys.flag("evaluate.bracket") ? keys.integer("evaluate.bracket-sweeps") : 0;
  }

  /** Side of the tiles of large images; 0 cuts none. */
  int tile() {
    return keys.integer("predict.tile");
  }

  /** Margin around a tile. */
  int halo() {
    return keys.integer("predict.halo");
  }

  /** Views that are labelled beside each image; null for none. */
  Views views() {
    List<Double> scales = new ArrayList<>();
    for (double scale : keys.numbers("predict.scales")) {
      scales.add(scale);
    }
    Views views =
        checked(() -> new Views(keys.flag("predict.flip"), keys.flag("predict.turn"), scales));
    if (views.any() && decoding() != Decoding.MARGINAL) {
      throw new InputException(
          "Expected predict.decode = marginal or weighted with predict.flip, turn or scales, which"
              + " average marginals; found "
              + keys.text("predict.decode"));
    }
    return views.any() ? views : null;
  }

  /** How labels are read off. */
  Decoding decoding() {
    String decode = keys.text("predict.decode");
    return decode.equals("weighted") ? Decoding.MARGINAL : constant(Decoding.class, decode);
  }

  /** Factors of the classes in decoding, or null to weigh all alike. */
  double[] classWeights(int labels) {
    if (!keys.text("predict.decode").equals("weighted")) {
      return null;
    }
    double[] weights = keys.numbers("predict.class-weights");
    if (weights.length != labels || Arrays.stream(weights).anyMatch(w -> !(w > 0 && w < 1e30))) {
      throw new InputException(
          "Expected "
              + labels
              + " factors above 0 in predict.class-weights, as many as classes, found "
              + keys.text("predict.class-weights")
              + "; predict.decode = marginal weighs none");
    }
    return weights;
  }
}
