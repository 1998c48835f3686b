package org.deepgm.task.segmentation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.deepgm.field.grid.Offset;
import org.deepgm.network.ParameterLayout;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.SegmentationSpec;

/** What a page shows of a field: its edge matrices and the filters of its first layer. */
final class FieldPage {
  private FieldPage() {}

  static void show(SegmentationModel model, ObjectNode page) {
    edges(model, page.putArray("edges"));
    filters(model, page.putArray("filters"));
  }

  private static void edges(SegmentationModel model, ArrayNode edges) {
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
        values(model, node, at, size);
        at += size;
      }
    }
  }

  /** The kernels of the first layer whose kernels are larger than a pixel, over three inputs. */
  private static void filters(SegmentationModel model, ArrayNode filters) {
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
        values(model, node, slice.offset() + (o * inputs + i) * kernel * kernel, kernel * kernel);
      }
    }
  }

  private static void values(SegmentationModel model, ObjectNode node, int from, int count) {
    ArrayNode values = node.putArray("values");
    for (int i = from; i < from + count; i++) {
      values.add(Math.round(model.parameters()[i] * 1e4) / 1e4);
    }
  }
}
