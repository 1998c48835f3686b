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
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.deepgm.dataset.Storage;
import org.deepgm.model.Model;
import org.deepgm.task.Scores;
import org.deepgm.task.Terms;
import org.deepgm.training.RunReport;

/**
 * {@code report.html}: one file without outside references that says whether a model learns, how
 * good it is, where it is wrong and what it cost. The frame of every task's page; what a task draws
 * in it is its {@link Terms#script}.
 *
 * <p>Written again at every validation and at the end. The charts are uPlot's, which is in the
 * page.
 */
public final class TaskReport<M extends Model<M>, E extends Scores<E>> implements RunReport<M, E> {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  /** Most steps that the curves show: others between are left out. */
  private static final int MOST_STEPS = 2000;

  private final Storage storage;
  private final String directory;
  private final String title;
  private final Terms terms;
  private final BiConsumer<M, ObjectNode> model;
  private final List<Step> steps = new ArrayList<>();
  private final ArrayNode validations = MAPPER.createArrayNode();
  private double seconds;
  private double validationSeconds;
  private ObjectNode shown = MAPPER.createObjectNode();
  private List<ObjectNode> examples = List.of();

  /**
   * A page that is not there yet, beside the metrics of a run if there are any.
   *
   * @param model puts into the page what it shows of a model: {@code subtitle}, and what the task's
   *     script draws
   */
  public TaskReport(
      Storage storage,
      String directory,
      String title,
      Terms terms,
      BiConsumer<M, ObjectNode> model) {
    this.storage = storage;
    this.directory = directory;
    this.title = title;
    this.terms = terms;
    this.model = model;
  }

  @Override
  public void scored(M state, E scores) {
    shown = MAPPER.createObjectNode();
    model.accept(state, shown);
    if (scores != null) {
      scores.show(shown);
    }
  }

  @Override
  public void finish(List<ObjectNode> some) {
    examples = some;
    if (steps.isEmpty() && validations.isEmpty()) {
      // Steps of a run that ended before this process took one.
      history(Integer.MAX_VALUE);
    }
    write();
    System.out.println("report written to " + directory + "/report.html");
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
        // Earlier versions called them images, whatever the task.
        node.has("examples") ? node.path("examples").asLong() : node.path("images").asLong(),
        node.path("sweeps").asDouble(),
        node.path("unconverged").asDouble(),
        node.path("seconds").asDouble(),
        node.path("aggregate_seconds").asDouble(),
        node.path("update_seconds").asDouble(),
        node.path("scorer_seconds").asDouble(),
        node.path("inference_seconds").asDouble(),
        node.path("read_seconds").asDouble(),
        node.path("bytes_read").asLong(),
        node.path("in_memory").asDouble());
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
    scores.forEach((name, value) -> Scores.put(node, name, value));
    write();
  }

  /** Writes the page as it stands. */
  private void write() {
    try {
      String page =
          resource("/org/deepgm/report/report.html")
              .replace("/*CHART-STYLE*/", resource(CHARTS + "uPlot.min.css"))
              .replace("/*CHART-SCRIPT*/", resource(CHARTS + "uPlot.iife.min.js"))
              .replace("/*TASK-SCRIPT*/", terms.script() == null ? "" : resource(terms.script()))
              // Nothing in it may end the element that it stands in.
              .replace("/*DATA*/", MAPPER.writeValueAsString(data()).replace("<", "\\u003c"));
      storage.write(directory + "/report.html", page.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = TaskReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private ObjectNode data() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("title", title);
    root.put("subtitle", "no state has been scored yet");
    root.put("exampleName", terms.example());
    root.put("examplesName", terms.examples());
    root.put("unit", terms.unit());
    root.set("charts", MAPPER.valueToTree(terms.charts()));
    root.set("steps", stepsNode());
    root.set("validations", validations);
    root.set("cost", costNode());
    root.setAll(shown);
    root.putArray("examples").addAll(examples);
    return root;
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
    double read = 0;
    double bytes = 0;
    double inMemory = 0;
    double count = 0;
    double sweeps = 0;
    double unconverged = 0;
    for (Step s : steps) {
      stepSeconds += s.seconds();
      scorer += s.scorerSeconds();
      inference += s.inferenceSeconds();
      read += s.readSeconds();
      bytes += s.bytesRead();
      inMemory += s.inMemory() * s.examples();
      count += s.examples();
      sweeps += s.sweeps() * s.examples();
      unconverged += s.unconverged() * s.examples();
    }
    Scores.put(node, "minutes", (stepSeconds + validationSeconds) / 60);
    Scores.put(node, "examplesPerSecond", count / stepSeconds);
    Scores.put(node, "scorer", scorer / (scorer + inference));
    Scores.put(node, "inference", inference / (scorer + inference));
    Scores.put(node, "read", read / (read + scorer + inference));
    Scores.put(node, "megabytesRead", bytes / 1e6);
    Scores.put(node, "inMemory", inMemory / count);
    Scores.put(node, "validationSeconds", validationSeconds);
    Scores.put(node, "sweeps", sweeps / count);
    Scores.put(node, "unconverged", unconverged / count);
    return node;
  }
}
