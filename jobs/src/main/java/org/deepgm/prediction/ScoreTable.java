package org.deepgm.prediction;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.ConfusionMatrix;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.Tally;

/** The scores of an evaluation as a table for people and as JSON. */
public final class ScoreTable {
  private final Evaluation evaluation;
  private final LabelSet labels;
  private final boolean masks;

  /**
   * A table.
   *
   * @param masks whether only masks were scored: there are no node scores, losses or confidences
   */
  public ScoreTable(Evaluation evaluation, LabelSet labels, boolean masks) {
    this.evaluation = evaluation;
    this.labels = labels;
    this.masks = masks;
  }

  /** The table, percentages with one decimal. */
  public String text() {
    StringBuilder out = new StringBuilder();
    ConfusionMatrix field = evaluation.field().matrix();
    ConfusionMatrix nodes = evaluation.nodes().matrix();
    out.append(
        String.format(
            Locale.ROOT,
            "%d images, %d labelled pixels%n%n",
            evaluation.images()[0],
            field.total()));
    line(out, "", masks ? "masks" : "field", "nodes alone");
    row(out, "pixel accuracy", field.pixelAccuracy(), nodes.pixelAccuracy());
    row(out, "mean class accuracy", field.meanClassAccuracy(), nodes.meanClassAccuracy());
    row(out, "mean IoU", field.meanIou(), nodes.meanIou());
    row(out, "mean Dice", field.meanDice(), nodes.meanDice());
    row(out, "mean IoU near boundaries", band(evaluation.field()), band(evaluation.nodes()));
    if (!masks) {
      row(
          out,
          "calibration error",
          evaluation.field().calibrationError(),
          evaluation.nodes().calibrationError());
      line(
          out,
          "log loss of marginals",
          String.format(Locale.ROOT, "%.4f", evaluation.field().meanLogLoss()),
          String.format(Locale.ROOT, "%.4f", evaluation.nodes().meanLogLoss()));
      line(
          out,
          "loss, nats a pixel",
          String.format(Locale.ROOT, "%.4f", evaluation.field().meanLoss()),
          String.format(Locale.ROOT, "%.4f", evaluation.nodes().meanLoss()));
    }
    if (!Double.isNaN(evaluation.field().lossUpper())) {
      out.append(
          String.format(
              Locale.ROOT,
              "%-26s %12s%n",
              "true loss is between",
              String.format(
                  Locale.ROOT,
                  "%.4f and %.4f",
                  evaluation.field().lossLower(),
                  evaluation.field().lossUpper())));
    }
    out.append('\n');
    line(out, "IoU of", masks ? "masks" : "field", "nodes alone");
    for (int l = 0; l < labels.size(); l++) {
      row(out, "  " + labels.classes().get(l).name(), field.iou(l), nodes.iou(l));
    }
    return out.toString();
  }

  private static double band(Tally tally) {
    return tally.band().meanIou();
  }

  private void row(StringBuilder out, String name, double field, double nodes) {
    line(out, name, percent(field), percent(nodes));
  }

  private void line(StringBuilder out, String name, String field, String nodes) {
    out.append(String.format(Locale.ROOT, "%-26s %12s", name, field));
    out.append(masks ? "" : String.format(Locale.ROOT, " %12s", nodes)).append('\n');
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  /** All figures and the confusion matrices; what has no value is null. */
  public byte[] json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("images", evaluation.images()[0]);
    root.set("field", node(mapper, evaluation.field()));
    if (!masks) {
      root.set("nodes", node(mapper, evaluation.nodes()));
    }
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private ObjectNode node(ObjectMapper mapper, Tally tally) {
    ObjectNode node = mapper.createObjectNode();
    ConfusionMatrix m = tally.matrix();
    node.put("pixels", m.total());
    put(node, "pixel_accuracy", m.pixelAccuracy());
    put(node, "mean_class_accuracy", m.meanClassAccuracy());
    put(node, "mean_iou", m.meanIou());
    put(node, "mean_dice", m.meanDice());
    put(node, "boundary_mean_iou", tally.band().meanIou());
    put(node, "boundary_pixel_accuracy", tally.band().pixelAccuracy());
    node.put("boundary_pixels", tally.band().total());
    if (!masks) {
      put(node, "loss", tally.meanLoss());
      put(node, "log_loss", tally.meanLogLoss());
      if (!Double.isNaN(tally.lossUpper())) {
        put(node, "loss_lower", tally.lossLower());
        put(node, "loss_upper", tally.lossUpper());
      }
      put(node, "calibration_error", tally.calibrationError());
    }
    ObjectNode classes = node.putObject("classes");
    for (int l = 0; l < labels.size(); l++) {
      ObjectNode c = classes.putObject(labels.classes().get(l).name());
      put(c, "accuracy", m.classAccuracy(l));
      put(c, "iou", m.iou(l));
      put(c, "dice", m.dice(l));
      put(c, "boundary_iou", tally.band().iou(l));
    }
    var rows = node.putArray("confusion");
    for (int gold = 0; gold < labels.size(); gold++) {
      var row = rows.addArray();
      for (int p = 0; p < labels.size(); p++) {
        row.add(m.count(gold, p));
      }
    }
    return node;
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isNaN(value)) {
      node.putNull(name);
    } else {
      node.put(name, value);
    }
  }
}
