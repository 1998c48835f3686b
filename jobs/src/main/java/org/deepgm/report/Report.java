package org.deepgm.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deepgm.dataset.Storage;
import org.deepgm.field.Offset;
import org.deepgm.network.ParameterLayout;
import org.deepgm.prediction.EvaluationJob;
import org.deepgm.segmentation.ConfusionMatrix;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.Tally;
import org.deepgm.training.RunReport;

/**
 * {@code report.html}: one file without outside references that says whether a model learns, how
 * good it is, where it is wrong, what it cost and what it has learned.
 *
 * <p>Written again at every validation and at the end. The charts are uPlot's, which is in the
 * page.
 */
public final class Report implements RunReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  /** Most steps that the curves show: others between are left out. */
  private static final int MOST_STEPS = 2000;

  private final Storage storage;
  private final String directory;
  private final String title;
  private final int bracketSweeps;
  private final List<Step> steps = new ArrayList<>();
  private final ArrayNode validations = MAPPER.createArrayNode();
  private double seconds;
  private double validationSeconds;
  private Evaluation evaluation;
  private SegmentationModel model;
  private List<ExamplePictures.Pictured> pictures = List.of();

  /**
   * A report that is not there yet, beside the metrics of a run if there are any.
   *
   * @param bracketSweeps sweeps to bracket the true loss of the finished model with; 0 does not
   */
  public Report(Storage storage, String directory, String title, int bracketSweeps) {
    this.bracketSweeps = bracketSweeps;
    this.storage = storage;
    this.directory = directory;
    this.title = title;
  }

  /** Where it is written. */
  public String path() {
    return directory + "/report.html";
  }

  @Override
  public void score(SegmentationModel scored, Evaluation scores) {
    model = scored;
    evaluation = scores;
  }

  /** Pictures examples of the model that is spoken of. */
  public void picture(JavaSparkContext context, JavaRDD<Example> examples) {
    context.setJobDescription("pictures of the report");
    pictures = ExamplePictures.of(context, examples, model);
  }

  /** A run that goes on has steps before this process's first. */
  private void history(int before) {
    String metrics = directory + "/metrics.jsonl";
    if (!storage.exists(metrics)) {
      return;
    }
    String text = new String(storage.read(metrics), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      try {
        JsonNode node = MAPPER.readTree(line);
        if (node.path("step").asInt() >= before) {
          continue;
        }
        if (node.path("event").asText().equals("step")) {
          Step step = step(node);
          seconds += step.seconds();
          steps.add(step);
        } else {
          double took = node.path("seconds").asDouble();
          validationSeconds += took;
          seconds += took;
          ObjectNode validation = validations.addObject();
          validation.setAll((ObjectNode) node);
          validation.put("seconds", seconds);
        }
      } catch (JsonProcessingException e) {
        // A line that was cut when the run before was killed.
        continue;
      }
    }
  }

  private static Step step(JsonNode node) {
    return new Step(
        node.path("step").asInt(),
        0,
        node.path("epoch").asInt(),
        node.path("loss").asDouble(),
        node.path("gradient_norm").asDouble(),
        node.path("rate").asDouble(),
        node.path("images").asLong(),
        node.path("sweeps").asDouble(),
        node.path("unconverged").asDouble(),
        node.path("seconds").asDouble(),
        node.path("aggregate_seconds").asDouble(),
        node.path("update_seconds").asDouble(),
        node.path("scorer_seconds").asDouble(),
        node.path("inference_seconds").asDouble());
  }

  @Override
  public void onStep(Step step) {
    if (steps.isEmpty() && step.step() > 1) {
      history(step.step());
    }
    seconds += step.seconds();
    steps.add(step);
  }

  @Override
  public void onValidation(int step, Map<String, Double> scores, double took, boolean best) {
    validationSeconds += took;
    seconds += took;
    ObjectNode node = validations.addObject();
    node.put("step", step).put("seconds", seconds);
    scores.forEach((name, value) -> put(node, name, value));
    write();
  }

  /** Of the model that was written, which need not be the last state. */
  @Override
  public void finish(
      JavaSparkContext context, JavaRDD<Example> examples, SegmentationModel trained) {
    score(trained, null);
    if (examples != null) {
      score(trained, EvaluationJob.evaluate(context, examples, trained, bracketSweeps));
      picture(context, examples);
    }
    write();
    System.out.println("report written to " + path());
  }

  /** Writes the page as it stands. */
  public void write() {
    try {
      String page =
          resource("/org/deepgm/report/report.html")
              .replace("/*CHART-STYLE*/", resource(CHARTS + "uPlot.min.css"))
              .replace("/*CHART-SCRIPT*/", resource(CHARTS + "uPlot.iife.min.js"))
              // Nothing in it may end the element that it stands in.
              .replace("/*DATA*/", MAPPER.writeValueAsString(data()).replace("</", "<\\/"));
      storage.write(path(), page.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }

  private ObjectNode data() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("title", title);
    root.put("subtitle", subtitle());
    root.set("steps", stepsNode());
    root.set("validations", validations);
    root.set("cost", costNode());
    root.putArray("classes");
    root.putArray("confusion");
    if (evaluation != null) {
      scores(root);
    }
    ArrayNode examples = root.putArray("examples");
    for (ExamplePictures.Pictured p : pictures) {
      ObjectNode node = examples.addObject();
      node.put("rank", p.rank()).put("id", p.id()).put("accuracy", p.accuracy());
      node.put("picture", png(p.picture())).put("gold", png(p.gold()));
      node.put("nodes", png(p.nodes())).put("field", png(p.field()));
      node.put("entropy", png(p.entropy()));
    }
    ArrayNode edges = root.putArray("edges");
    ArrayNode filters = root.putArray("filters");
    if (model != null) {
      edges(edges);
      filters(filters);
    }
    return root;
  }

  private String subtitle() {
    return model == null
        ? "no state has been scored yet"
        : model.parameters().length
            + " parameters, "
            + model.labels().size()
            + " classes, "
            + model.spec().offsets().size()
            + " offsets, "
            + model.spec().layers().size()
            + " hidden layers; deepgm "
            + model.library();
  }

  private static String png(byte[] bytes) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes);
  }

  private ObjectNode stepsNode() {
    ObjectNode node = MAPPER.createObjectNode();
    ArrayNode step = node.putArray("step");
    ArrayNode loss = node.putArray("loss");
    ArrayNode time = node.putArray("seconds");
    ArrayNode rate = node.putArray("rate");
    ArrayNode sweeps = node.putArray("sweeps");
    int every = Math.max(1, (steps.size() + MOST_STEPS - 1) / MOST_STEPS);
    double clock = 0;
    for (int i = 0; i < steps.size(); i++) {
      Step s = steps.get(i);
      clock += s.seconds();
      if (i % every == 0 || i == steps.size() - 1) {
        step.add(s.step());
        if (Double.isFinite(s.loss())) {
          loss.add(s.loss());
        } else {
          loss.addNull();
        }
        time.add(clock);
        rate.add(s.examples() / s.seconds());
        sweeps.add(s.sweeps());
      }
    }
    return node;
  }

  private ObjectNode costNode() {
    ObjectNode node = MAPPER.createObjectNode();
    double stepSeconds = 0;
    double scorer = 0;
    double inference = 0;
    double images = 0;
    double sweeps = 0;
    double unconverged = 0;
    for (Step s : steps) {
      stepSeconds += s.seconds();
      scorer += s.scorerSeconds();
      inference += s.inferenceSeconds();
      images += s.examples();
      sweeps += s.sweeps() * s.examples();
      unconverged += s.unconverged() * s.examples();
    }
    put(node, "minutes", (stepSeconds + validationSeconds) / 60);
    put(node, "imagesPerSecond", images / stepSeconds);
    put(node, "scorer", scorer / (scorer + inference));
    put(node, "inference", inference / (scorer + inference));
    put(node, "validationSeconds", validationSeconds);
    put(node, "sweeps", sweeps / images);
    put(node, "unconverged", unconverged / images);
    return node;
  }

  private void scores(ObjectNode root) {
    ObjectNode scores = root.putObject("scores");
    tally(scores.putObject("field"), evaluation.field());
    tally(scores.putObject("nodes"), evaluation.nodes());
    root.put("images", evaluation.images()[0]);
    if (Double.isFinite(evaluation.field().lossLower())) {
      root.putArray("bracket")
          .add(evaluation.field().lossLower())
          .add(evaluation.field().lossUpper());
    }
    ConfusionMatrix field = evaluation.field().matrix();
    ConfusionMatrix nodes = evaluation.nodes().matrix();
    ArrayNode classes = root.putArray("classes");
    ArrayNode confusion = root.putArray("confusion");
    for (int l = 0; l < model.labels().size(); l++) {
      ObjectNode node = classes.addObject();
      node.put("name", model.labels().classes().get(l).name());
      int color = model.labels().classes().get(l).color();
      node.put("color", String.format(Locale.ROOT, "#%06x", color & 0xFFFFFF));
      put(node, "iou", field.iou(l));
      put(node, "nodesIou", nodes.iou(l));
      put(node, "recall", field.classAccuracy(l));
      long pixels = 0;
      ArrayNode row = confusion.addArray();
      for (int m = 0; m < model.labels().size(); m++) {
        pixels += field.count(l, m);
        row.add(field.count(l, m));
      }
      node.put("pixels", pixels);
    }
  }

  private static void tally(ObjectNode node, Tally tally) {
    put(node, "accuracy", tally.matrix().pixelAccuracy());
    put(node, "classAccuracy", tally.matrix().meanClassAccuracy());
    put(node, "miou", tally.matrix().meanIou());
    put(node, "bandIou", tally.band().meanIou());
    put(node, "calibration", tally.calibrationError());
    put(node, "loss", tally.meanLoss());
  }

  private void edges(ArrayNode edges) {
    SegmentationSpec spec = model.spec();
    if (spec.offsets().isEmpty()) {
      return;
    }
    int at = spec.layOut().slice("field.weight").offset();
    int size = spec.labels() * spec.labels();
    for (Offset offset : spec.offsets()) {
      for (int k = 0; k < spec.edgeFeatures(); k++) {
        boolean constant = spec.constant() && k == 0;
        boolean contrast = spec.contrast() && k == (spec.constant() ? 1 : 0);
        String feature = constant ? "constant" : contrast ? "contrast" : "learned " + k;
        ObjectNode node = edges.addObject();
        node.put("name", "[" + offset.dy() + ", " + offset.dx() + "] " + feature);
        node.put("size", spec.labels());
        values(node, at, size);
        at += size;
      }
    }
  }

  /** The kernels of the first layer whose kernels are larger than a pixel, over three inputs. */
  private void filters(ArrayNode filters) {
    SegmentationSpec spec = model.spec();
    if (spec.layers().isEmpty() || spec.layers().get(0).kernel() == 1) {
      return;
    }
    ParameterLayout.Slice slice = spec.layOut().slice("layer1.weight");
    int kernel = spec.layers().get(0).kernel();
    int inputs = slice.shape().get(1);
    for (int o = 0; o < spec.layers().get(0).channels(); o++) {
      for (int i = 0; i < Math.min(3, inputs); i++) {
        ObjectNode node = filters.addObject();
        node.put("name", "output " + (o + 1) + ", input " + (i + 1));
        node.put("rows", kernel).put("columns", kernel);
        values(node, slice.offset() + (o * inputs + i) * kernel * kernel, kernel * kernel);
      }
    }
  }

  private void values(ObjectNode node, int from, int count) {
    ArrayNode values = node.putArray("values");
    for (int i = from; i < from + count; i++) {
      values.add(Math.round(model.parameters()[i] * 1e4) / 1e4);
    }
  }
}
