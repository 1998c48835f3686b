package org.deepgm.task.segmentation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.configuration.Key;
import org.deepgm.dataset.ChangedSource;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.Findings;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.LayerSpec;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.InputTables;
import org.deepgm.segmentation.LabelSpread;
import org.deepgm.segmentation.Scorer;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.SegmentationObjective;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.shards.Packing;
import org.deepgm.task.Format;
import org.deepgm.task.Inputs;
import org.deepgm.task.Labeling;
import org.deepgm.task.Scored;
import org.deepgm.task.Setup;
import org.deepgm.task.Start;
import org.deepgm.task.Task;
import org.deepgm.task.TaskOption;
import org.deepgm.task.Terms;

/** Labels images pixel by pixel, by a field on their grid. */
public final class SegmentationTask
    implements Task<Example, ImageSummary, SegmentationModel, FieldScores> {
  private static final Terms TERMS =
      new Terms(
          "image",
          "images",
          "labelled pixel",
          "labelled",
          List.of(
              new Terms.Chart(
                  "Mean IoU in validation",
                  List.of(
                      new Terms.Curve("field", "miou"),
                      new Terms.Curve("node scores alone", "nodes_miou"))),
              new Terms.Chart(
                  "Loss in validation",
                  List.of(
                      new Terms.Curve("loss", "loss"),
                      new Terms.Curve("of the marginals", "log_loss"),
                      new Terms.Curve("true loss, at least", "loss_lower"),
                      new Terms.Curve("at most", "loss_upper")))),
          "/org/deepgm/task/segmentation/report.js");

  private static final StructType ROWS =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("height", DataTypes.IntegerType, false)
          .add("width", DataTypes.IntegerType, false)
          .add("bits", DataTypes.IntegerType, false)
          .add("mask", DataTypes.BinaryType, false);

  private final LabelSet given;

  /** The task of the command line: classes are named there or come with the data. */
  public SegmentationTask() {
    this(null);
  }

  /** The task with these classes. */
  public SegmentationTask(LabelSet classes) {
    given = classes;
  }

  @Override
  public String name() {
    return SegmentationModel.TASK;
  }

  @Override
  public List<Key> keys() {
    return FieldSettings.KEYS;
  }

  @Override
  public List<String> sections() {
    return List.of("scorer", "field");
  }

  @Override
  public Terms terms() {
    return TERMS;
  }

  @Override
  public List<TaskOption> options() {
    return List.of(
        TaskOption.data("images", "DIR", "Folder of images."),
        TaskOption.data(
            "masks",
            "DIR",
            "Folder of masks, matched to images by relative path without extension."),
        TaskOption.data("labels", "FILE", "labels.json of the masks."),
        new TaskOption(
            "overlay", null, "Also writes overlay/: labels over the images.", Set.of("predict")),
        new TaskOption(
            "marginals",
            "NAME,...",
            "Also writes marginal/NAME/: the marginals of these classes.",
            Set.of("predict")),
        new TaskOption(
            "entropy", null, "Also writes entropy/: where the model is unsure.", Set.of("predict")),
        new TaskOption(
            "bracket",
            null,
            "Also shows an interval that holds the true loss: ln Z bounded from both sides.",
            Set.of("evaluate")));
  }

  @Override
  public void check(Inputs inputs, boolean gold) {
    DataSource.of(inputs, gold);
  }

  @Override
  public Source<Example> source(Setup setup, SegmentationModel model, boolean gold) {
    DataSource source = DataSource.of(setup.inputs(), gold);
    return source(setup, source, gold ? classes(setup, source, model) : null);
  }

  private static ImageSource source(Setup setup, DataSource source, LabelSet labels) {
    return new ImageSource(
        setup.spark(),
        setup.storage(),
        source,
        labels,
        new FieldSettings(setup.settings()).reading(),
        setup.tell());
  }

  /** The classes of the data; of a model where none are named. */
  private static LabelSet classes(Setup setup, DataSource source, SegmentationModel model) {
    if (model == null) {
      return source.requiredLabelSet(setup.storage());
    }
    LabelSet named = source.labelSet(setup.storage());
    LabelSet labels = named == null ? model.labels() : named;
    if (!labels.sameClasses(model.labels())) {
      throw new InputException(
          "Expected a model of the classes of the data ("
              + names(labels)
              + "), found one of "
              + names(model.labels()));
    }
    return labels;
  }

  private static String names(LabelSet labels) {
    List<String> names = labels.classes().stream().map(LabelSet.LabelClass::name).toList();
    return names.size() <= 6
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, 5)) + ", ... " + names.size() + " in all";
  }

  private LabelSet classes(Setup setup) {
    if (given != null) {
      return given;
    }
    DataSource source = DataSource.of(setup.inputs(), true);
    return source.requiredLabelSet(setup.storage());
  }

  @Override
  public Inputs validation(Inputs train, Inputs validation) {
    // Both sets are of the same classes.
    Map<String, String> values = new HashMap<>(validation.values());
    String labels = train.get("labels");
    values.putIfAbsent("labels", labels != null ? labels : train.get("data"));
    if (validation.has("images") != validation.has("masks")) {
      throw new InputException(
          "Expected --validation-images together with --validation-masks, found one of them");
    }
    return new Inputs(values);
  }

  @Override
  public Data.Summaries<ImageSummary> summaries(Setup setup) {
    return summaries(classes(setup), new FieldSettings(setup.settings()).reading());
  }

  /** Makes summaries of images of so many classes. */
  static Data.Summaries<ImageSummary> summaries(LabelSet labels, ImageReading reading) {
    int classes = labels.size();
    boolean mixed = reading.rgb();
    return () -> new ImageSummary(classes, mixed);
  }

  @Override
  public Source<Example> training(Setup setup, Source<Example> source) {
    FieldSettings field = new FieldSettings(setup.settings());
    LabelSpread spread = field.spread();
    if (spread.share() == 0) {
      return source;
    }
    boolean keep = field.phases().spreadSteps() > 0;
    String how = "labels spread by " + spread.share() + (keep ? ", beside those given" : "");
    return new ChangedSource<>(source, example -> spread(spread, example, keep), how);
  }

  private static Example spread(LabelSpread spread, Example example, boolean keep) {
    try (PictureMemory memory = new PictureMemory()) {
      memory.take(LabelSpread.bytes(example.image()));
      return spread.of(example, keep);
    }
  }

  @Override
  public Data<Example, ImageSummary> fitting(Setup setup, Data<Example, ImageSummary> data) {
    ChannelLayout layout = data.summary().layout();
    return data.summary().uniform() ? data : data.without(layout::fault, summaries(setup));
  }

  @Override
  public void check(Setup setup) {
    new FieldSettings(setup.settings()).check(classes(setup).size());
  }

  @Override
  public String validating(Setup setup) {
    double[] weights = new FieldSettings(setup.settings()).classWeights(classes(setup).size());
    return weights == null ? "" : ", classes weighed by " + Arrays.toString(weights);
  }

  @Override
  public Start<?, SegmentationModel> start(
      Setup setup,
      Data<Example, ImageSummary> train,
      Data<Example, ImageSummary> validation,
      SegmentationModel initial) {
    FieldSettings field = new FieldSettings(setup.settings());
    LabelSet labels = classes(setup);
    ImageSummary summary = train.summary();
    check(summary, validation == null ? null : validation.summary());
    SegmentationSpec spec = field.spec(labels.size(), summary.channels());
    if (initial != null
        && (initial.spec().inputs() != spec.inputs()
            || initial.spec().features() != spec.features()
            || !initial.spec().texture().equals(spec.texture()))) {
      throw new InputException(
          "--init: expected a model with the inputs of this configuration, "
              + spec.inputs()
              + ", found "
              + initial.spec().inputs());
    }
    setup.context().setJobDescription("input statistics");
    InputTables tables = initial != null ? initial.tables() : tables(setup, train, spec);
    double[] frequencies = summary.frequencies();
    SegmentationModel model =
        new SegmentationModel(
            spec,
            tables,
            labels,
            Scorer.initialize(spec, frequencies, setup.settings().training().seed()),
            setup.library(),
            setup.settings().mathematical().toString());
    SegmentationObjective objective =
        new SegmentationObjective(
            spec,
            tables,
            field.augmentation(),
            costs(frequencies, field.classCost()),
            field.learning(frequencies),
            field.phases());
    String by = field.validateBy();
    return new Start<>(
        objective,
        model,
        train.values(),
        true,
        List.of(),
        labels.size() + " labels",
        new Plan(labels, objective).lines(summary, field.augmentation().crop()),
        scores -> by.endsWith("loss") ? -scores.get(key(by)) : scores.get(key(by)));
  }

  private static InputTables tables(
      Setup setup, Data<Example, ImageSummary> train, SegmentationSpec spec) {
    long seed = setup.settings().training().seed();
    return train.remembered(
        spec.inputsBy() + (spec.texture().textons() > 0 ? ", drawn by " + seed : ""),
        new TablesForm(),
        () -> new InputLearning(setup.context(), train.values(), train.count(), seed).tables(spec));
  }

  /** As models have them. */
  private static final class TablesForm implements Findings.Form<InputTables> {
    @Override
    public void write(InputTables found, ObjectNode node) {
      found.write(node);
    }

    @Override
    public InputTables read(JsonNode node) {
      return InputTables.read(node);
    }
  }

  private static String key(String score) {
    return score.replace('-', '_');
  }

  private static void check(ImageSummary train, ImageSummary validation) {
    train.check("train on");
    if (validation == null) {
      return;
    }
    validation.check("validate on");
    if (validation.channels() != train.channels()) {
      throw new InputException(
          "Expected validation images of "
              + train.channels()
              + " channels as in training, found "
              + validation.channels());
    }
  }

  private static float[] costs(double[] frequencies, double strength) {
    double most = Arrays.stream(frequencies).max().orElse(1);
    float[] costs = new float[frequencies.length];
    for (int l = 0; l < costs.length; l++) {
      boolean seen = frequencies[l] > 0;
      costs[l] = seen ? (float) (strength * StrictMath.log(most / frequencies[l])) : 0f;
    }
    return costs;
  }

  /** The head is of the classes, couplings are of the edges. */
  @Override
  public boolean fits(String slice, SegmentationModel initial, SegmentationModel model) {
    boolean couplings = slice.startsWith("field.") || slice.startsWith("edge.");
    boolean head = slice.startsWith("node.") || couplings;
    return (!couplings || sameEdges(initial.spec(), model.spec()))
        && (!head || initial.labels().sameClasses(model.labels()));
  }

  @Override
  public List<LayerSpec> layers(SegmentationModel model) {
    return model.spec().layers();
  }

  private static boolean sameEdges(SegmentationSpec a, SegmentationSpec b) {
    return a.offsets().equals(b.offsets())
        && a.constant() == b.constant()
        && a.contrast() == b.contrast()
        && a.edgeChannels() == b.edgeChannels()
        && Objects.equals(a.edgeLayer(), b.edgeLayer());
  }

  @Override
  public SegmentationModel decode(ModelFiles.Source files, String place) {
    return SegmentationModel.decode(files, place);
  }

  /** The channel conversion that the model was trained with. */
  @Override
  public Map<String, String> defaults(SegmentationModel model) {
    try {
      ObjectNode training = (ObjectNode) new ObjectMapper().readTree(model.training());
      return Map.of("data.channels", training.path("channels").asText("keep"));
    } catch (IOException | ClassCastException e) {
      throw new InputException("Expected the options of training in the model, found none", e);
    }
  }

  @Override
  public Labeling<Example, FieldScores> labeling(Setup setup, SegmentationModel model, Use use) {
    FieldSettings field = new FieldSettings(setup.settings());
    if (use == Use.VALIDATION) {
      double[] weights = field.classWeights(model.labels().size());
      return new FieldLabeling(model, FieldLabeling.Options.whole(weights))
          .scoring(field.bracketSweeps(false));
    }
    Inputs inputs = setup.inputs();
    FieldLabeling labeling =
        new FieldLabeling(
            model,
            new FieldLabeling.Options(
                "parquet".equals(inputs.get("format")),
                inputs.has("overlay"),
                indices(inputs.list("marginals"), model.labels()),
                inputs.has("entropy"),
                field.classWeights(model.labels().size()),
                field.decoding(),
                field.tile(),
                field.halo(),
                field.views()));
    return use == Use.EVALUATION
        ? labeling.scoring(field.bracketSweeps(inputs.has("bracket")))
        : labeling;
  }

  private static List<Integer> indices(List<String> wanted, LabelSet labels) {
    List<String> names = labels.classes().stream().map(LabelSet.LabelClass::name).toList();
    List<Integer> indices = new ArrayList<>();
    for (String name : wanted) {
      int i = names.indexOf(name);
      if (i < 0) {
        throw new InputException(
            "Expected --marginals among " + String.join(", ", names) + "; found " + name);
      }
      indices.add(i);
    }
    return indices;
  }

  @Override
  public List<Format> formats() {
    return List.of(Format.files("png"), Format.parquet(ROWS));
  }

  /** The pictures have folders of their own beside the masks. */
  @Override
  public void checkOutput(Setup setup, Source<Example> source) {
    Inputs inputs = setup.inputs();
    ImageSource images = (ImageSource) source;
    if (inputs.has("overlay") && images.hasFolder("overlay")
        || inputs.has("entropy") && images.hasFolder("entropy")
        || inputs.has("marginals") && images.hasFolder("marginal")) {
      throw new InputException(
          "Expected no images in folders that --overlay, --entropy and --marginals write to"
              + " (overlay, entropy, marginal), found some; rename the folder");
    }
  }

  @Override
  public void showModel(SegmentationModel model, ObjectNode page) {
    page.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + model.labels().size()
            + " classes, "
            + model.spec().offsets().size()
            + " offsets, "
            + model.spec().layers().size()
            + " hidden layers; deepgm "
            + model.library());
    FieldPage.show(model, page);
  }

  @Override
  public Source<Example> packed(Setup setup) {
    Inputs inputs = setup.inputs();
    ImageSource source =
        source(setup, DataSource.of(inputs, false), labeled(inputs) ? classes(setup) : null);
    if (inputs.has("data") && !source.isTable()) {
      throw new InputException(
          inputs.get("data")
              + ": expected a table of images, found shards, which are packed already");
    }
    return source;
  }

  /** Whether masks are packed: those of a table where its classes are named. */
  private static boolean labeled(Inputs inputs) {
    return inputs.has("masks") || inputs.has("data") && inputs.has("labels");
  }

  @Override
  public Packing<Example> packing(Setup setup) {
    LabelSet labels = labeled(setup.inputs()) ? classes(setup) : null;
    return new ImageShards(labels, new FieldSettings(setup.settings()).reading().rgb());
  }

  @Override
  public Scored<FieldScores> compare(Setup setup, String predictions) {
    String masks = setup.inputs().get("masks");
    if (masks == null) {
      throw new InputException("Expected --masks DIR with --predictions, found none");
    }
    String labels = setup.inputs().get("labels");
    if (labels == null) {
      throw new InputException(
          "Expected --labels FILE with --images and --masks, found none; README shows a labels.json");
    }
    Storage storage = setup.storage();
    return MaskComparison.compare(
        setup,
        predictions,
        masks,
        LabelSet.parse(storage.read(labels), labels),
        new FieldSettings(setup.settings()).reading().maxPixels());
  }
}
