package org.deepgm.task.segmentation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.ConfusionMatrix;
import org.deepgm.segmentation.Evaluation;
import org.deepgm.segmentation.Tally;
import org.deepgm.task.Scores;
import org.deepgm.task.Tiles;

/** Scores of labelled images: of a field and of its node scores alone, or of masks. */
public final class FieldScores implements Scores<FieldScores> {
  private static final long serialVersionUID = 1L;

  /** Radius of the boundary band, pixels. */
  public static final int BAND = 3;

  private final Evaluation evaluation;
  private final LabelSet labels;
  private final boolean masks;

  /**
   * Nothing counted yet.
   *
   * @param masks whether only masks are scored: there are no node scores, losses or confidences
   */
  FieldScores(LabelSet labels, boolean masks) {
    evaluation = Evaluation.empty(labels.size());
    this.labels = labels;
    this.masks = masks;
  }

  /** The counts. */
  public Evaluation evaluation() {
    return evaluation;
  }

  @Override
  public void merge(FieldScores other) {
    evaluation.merge(other.evaluation);
  }

  @Override
  public long count() {
    return evaluation.images()[0];
  }

  @Override
  public Map<String, Double> values() {
    Map<String, Double> scores = new LinkedHashMap<>();
    put(scores, "", evaluation.field());
    scores.put("loss", evaluation.field().meanLoss());
    scores.put("log_loss", evaluation.field().meanLogLoss());
    if (!Double.isNaN(evaluation.field().lossUpper())) {
      scores.put("loss_lower", evaluation.field().lossLower());
      scores.put("loss_upper", evaluation.field().lossUpper());
    }
    put(scores, "nodes_", evaluation.nodes());
    return scores;
  }

  private static void put(Map<String, Double> scores, String prefix, Tally tally) {
    ConfusionMatrix matrix = tally.matrix();
    scores.put(prefix + "accuracy", matrix.pixelAccuracy());
    scores.put(prefix + "class_accuracy", matrix.meanClassAccuracy());
    scores.put(prefix + "miou", matrix.meanIou());
    scores.put(prefix + "boundary_f1", tally.boundaryF1());
  }

  /** Percentages with one decimal. */
  @Override
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
    both(out, "boundary F1", Tally::boundaryF1);
    if (labels.size() == 2) {
      String second = labels.classes().get(1).name();
      both(out, "Dice of " + second, t -> t.matrix().dice(1));
      both(out, "sensitivity", t -> t.matrix().classAccuracy(1));
      both(out, "specificity", t -> t.matrix().classAccuracy(0));
      if (!masks) {
        both(out, "area under ROC curve", Tally::areaUnderCurve);
      }
      both(out, "pixel error", t -> 1 - t.matrix().pixelAccuracy());
      both(out, "1 - V_Rand of regions", t -> 1 - t.randScore());
    }
    if (!masks) {
      row(
          out,
          "calibration error",
          evaluation.field().calibrationError(),
          evaluation.nodes().calibrationError());
      line(
          out,
          "log loss of marginals",
          nats(evaluation.field().meanLogLoss()),
          nats(evaluation.nodes().meanLogLoss()));
      line(
          out,
          "loss, nats a pixel",
          nats(evaluation.field().meanLoss()),
          nats(evaluation.nodes().meanLoss()));
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
    if (!masks && evaluation.images()[1] > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "%d images were labelled in tiles; the field's loss is of the others%n",
              evaluation.images()[1]));
    }
    out.append('\n');
    line(out, "IoU of", masks ? "masks" : "field", "nodes alone");
    for (int l = 0; l < labels.size(); l++) {
      row(out, "  " + labels.classes().get(l).name(), field.iou(l), nodes.iou(l));
    }
    return out.toString();
  }

  private void both(StringBuilder out, String name, ToDoubleFunction<Tally> score) {
    row(
        out,
        name,
        score.applyAsDouble(evaluation.field()),
        score.applyAsDouble(evaluation.nodes()));
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

  private static String nats(double loss) {
    return Double.isNaN(loss) ? "-" : String.format(Locale.ROOT, "%.4f", loss);
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  @Override
  public ObjectNode json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("images", count());
    if (!masks) {
      root.put("images_in_tiles", evaluation.images()[1]);
    }
    tally(root.putObject("field"), evaluation.field());
    if (!masks) {
      tally(root.putObject("nodes"), evaluation.nodes());
    }
    return root;
  }

  private void tally(ObjectNode node, Tally tally) {
    ConfusionMatrix m = tally.matrix();
    node.put("pixels", m.total());
    Scores.put(node, "pixel_accuracy", m.pixelAccuracy());
    Scores.put(node, "mean_class_accuracy", m.meanClassAccuracy());
    Scores.put(node, "mean_iou", m.meanIou());
    Scores.put(node, "mean_dice", m.meanDice());
    Scores.put(node, "boundary_mean_iou", tally.band().meanIou());
    Scores.put(node, "boundary_pixel_accuracy", tally.band().pixelAccuracy());
    Scores.put(node, "boundary_f1", tally.boundaryF1());
    if (labels.size() == 2) {
      Scores.put(node, "sensitivity", m.classAccuracy(1));
      Scores.put(node, "specificity", m.classAccuracy(0));
      Scores.put(node, "area_under_curve", tally.areaUnderCurve());
      Scores.put(node, "pixel_error", 1 - m.pixelAccuracy());
      Scores.put(node, "rand_error", 1 - tally.randScore());
    }
    node.put("boundary_pixels", tally.band().total());
    if (!masks) {
      Scores.put(node, "loss", tally.meanLoss());
      Scores.put(node, "log_loss", tally.meanLogLoss());
      if (!Double.isNaN(tally.lossUpper())) {
        Scores.put(node, "loss_lower", tally.lossLower());
        Scores.put(node, "loss_upper", tally.lossUpper());
      }
      Scores.put(node, "calibration_error", tally.calibrationError());
    }
    ObjectNode classes = node.putObject("classes");
    for (int l = 0; l < labels.size(); l++) {
      ObjectNode c = classes.putObject(labels.classes().get(l).name());
      Scores.put(c, "accuracy", m.classAccuracy(l));
      Scores.put(c, "iou", m.iou(l));
      Scores.put(c, "dice", m.dice(l));
      Scores.put(c, "boundary_iou", tally.band().iou(l));
      Scores.put(c, "boundary_f1", tally.boundaryF1(l));
    }
    var rows = node.putArray("confusion");
    for (int gold = 0; gold < labels.size(); gold++) {
      var row = rows.addArray();
      for (int p = 0; p < labels.size(); p++) {
        row.add(m.count(gold, p));
      }
    }
  }

  @Override
  public void show(ObjectNode root) {
    ObjectNode scores = root.putObject("scores");
    page(scores.putObject("field"), evaluation.field());
    page(scores.putObject("nodes"), evaluation.nodes());
    ArrayNode tiles = root.putArray("tiles");
    Tally f = evaluation.field();
    double gain = 100 * (f.matrix().meanIou() - evaluation.nodes().matrix().meanIou());
    Tiles.add(tiles, "%.1f %%", 100 * f.matrix().pixelAccuracy(), "pixel accuracy");
    Tiles.add(tiles, "%.1f %%", 100 * f.matrix().meanIou(), "mean IoU");
    Tiles.add(tiles, "%+.1f", gain, "mean IoU above its nodes");
    Tiles.add(tiles, "%.3f", f.meanLoss(), "loss, nats a pixel");
    Tiles.add(tiles, "%.0f", evaluation.images()[0], "images scored");
    if (Double.isFinite(evaluation.field().lossLower())) {
      String between = String.format(Locale.ROOT, "%.3f to %.3f", f.lossLower(), f.lossUpper());
      tiles.addArray().add(between).add("the true loss");
    }
    ConfusionMatrix field = evaluation.field().matrix();
    ConfusionMatrix nodes = evaluation.nodes().matrix();
    ArrayNode classes = root.putArray("classes");
    ArrayNode confusion = root.putArray("confusion");
    for (int l = 0; l < labels.size(); l++) {
      ObjectNode node = classes.addObject();
      node.put("name", labels.classes().get(l).name());
      int color = labels.classes().get(l).color();
      node.put("color", String.format(Locale.ROOT, "#%06x", color & 0xFFFFFF));
      Scores.put(node, "iou", field.iou(l));
      Scores.put(node, "nodesIou", nodes.iou(l));
      Scores.put(node, "recall", field.classAccuracy(l));
      Scores.put(node, "boundaryF1", f.boundaryF1(l));
      long pixels = 0;
      ArrayNode row = confusion.addArray();
      for (int m = 0; m < labels.size(); m++) {
        pixels += field.count(l, m);
        row.add(field.count(l, m));
      }
      node.put("pixels", pixels);
    }
  }

  private void page(ObjectNode node, Tally tally) {
    Scores.put(node, "accuracy", tally.matrix().pixelAccuracy());
    Scores.put(node, "classAccuracy", tally.matrix().meanClassAccuracy());
    Scores.put(node, "miou", tally.matrix().meanIou());
    Scores.put(node, "bandIou", tally.band().meanIou());
    Scores.put(node, "boundaryF1", tally.boundaryF1());
    if (labels.size() == 2) {
      Scores.put(node, "dice", tally.matrix().dice(1));
      Scores.put(node, "sensitivity", tally.matrix().classAccuracy(1));
      Scores.put(node, "specificity", tally.matrix().classAccuracy(0));
      Scores.put(node, "area", tally.areaUnderCurve());
      Scores.put(node, "pixelError", 1 - tally.matrix().pixelAccuracy());
      Scores.put(node, "randError", 1 - tally.randScore());
    }
    Scores.put(node, "calibration", tally.calibrationError());
    Scores.put(node, "loss", tally.meanLoss());
  }
}
