package org.deepgm.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
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
 * The page of a field: its classes, what the field adds to its node scores, pictures, and what was
 * learned.
 */
public final class SegmentationReport extends Page implements RunReport {
  private static final Terms TERMS =
      new Terms(
          "images",
          "labelled pixel",
          List.of(
              new Chart(
                  "Mean IoU in validation",
                  List.of(
                      new Curve("field", "miou"), new Curve("node scores alone", "nodes_miou"))),
              new Chart(
                  "Loss in validation",
                  List.of(
                      new Curve("loss", "loss"),
                      new Curve("of the marginals", "log_loss"),
                      new Curve("true loss, at least", "loss_lower"),
                      new Curve("at most", "loss_upper")))));

  private final int bracketSweeps;
  private Evaluation evaluation;
  private SegmentationModel model;
  private List<ExamplePictures.Pictured> pictures = List.of();

  /**
   * A report that is not there yet, beside the metrics of a run if there are any.
   *
   * @param bracketSweeps sweeps to bracket the true loss of the finished model with; 0 does not
   */
  public SegmentationReport(Storage storage, String directory, String title, int bracketSweeps) {
    super(storage, directory, title, TERMS);
    this.bracketSweeps = bracketSweeps;
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

  /** Of the model that was written, which need not be the last state. */
  @Override
  public void finish(
      JavaSparkContext context, JavaRDD<Example> examples, SegmentationModel trained) {
    historyIfNone();
    score(trained, null);
    if (examples != null) {
      score(trained, EvaluationJob.evaluate(context, examples, trained, bracketSweeps));
      picture(context, examples);
    }
    write();
    System.out.println("report written to " + path());
  }

  @Override
  void describe(ObjectNode root) {
    root.put("subtitle", subtitle());
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
