package org.deepgm.report;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.image.Image;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.Segmenter;

/**
 * Pictures of the images that a model labels worst, in the middle and best, by pixel accuracy: two
 * passes over the examples, the second over six of them.
 */
public final class ExamplePictures {
  /** Longest side of a picture, pixels; larger images are thinned out. */
  private static final int SIDE = 480;

  /** Larger images than this are not pictured: they would be labelled whole. */
  private static final int MOST_PIXELS = 2_000_000;

  /**
   * One image and what the model makes of it, as PNG files.
   *
   * @param rank worst, median or best
   * @param accuracy share of its labelled pixels that are right
   */
  record Pictured(
      String rank,
      String id,
      double accuracy,
      byte[] picture,
      byte[] gold,
      byte[] nodes,
      byte[] field,
      byte[] entropy)
      implements Serializable {}

  private record Score(String id, double accuracy) implements Serializable {}

  private ExamplePictures() {}

  /** Looks at all examples and pictures some. */
  static List<Pictured> of(
      JavaSparkContext context, JavaRDD<Example> examples, SegmentationModel model) {
    Broadcast<SegmentationModel> broadcast = context.broadcast(model);
    try {
      List<Score> scores = new ArrayList<>(examples.mapPartitions(new Rate(broadcast)).collect());
      scores.sort(
          (a, b) ->
              a.accuracy() != b.accuracy()
                  ? Double.compare(a.accuracy(), b.accuracy())
                  : a.id().compareTo(b.id()));
      Map<String, String> ranks = Ranks.of(scores.stream().map(Score::id).toList());
      List<Pictured> pictures =
          new ArrayList<>(
              examples
                  .filter(e -> ranks.containsKey(e.id()))
                  .mapPartitions(new Picture(broadcast, ranks))
                  .collect());
      List<String> order = List.copyOf(ranks.keySet());
      pictures.sort((a, b) -> order.indexOf(a.id()) - order.indexOf(b.id()));
      return pictures;
    } finally {
      broadcast.destroy();
    }
  }

  private static boolean usable(Example e, SegmentationModel model) {
    return e.image().pixels() <= MOST_PIXELS
        && e.image().channels() == model.spec().channels()
        && e.labels().labelled() > 0;
  }

  private static double accuracy(LabelMap gold, LabelMap found) {
    int right = 0;
    for (int i = 0; i < gold.labels().length; i++) {
      right += gold.label(i) != LabelMap.IGNORE && gold.label(i) == found.label(i) ? 1 : 0;
    }
    return (double) right / gold.labelled();
  }

  private record Rate(Broadcast<SegmentationModel> model)
      implements FlatMapFunction<Iterator<Example>, Score> {
    @Override
    public Iterator<Score> call(Iterator<Example> examples) {
      Segmenter segmenter = model.value().segmenter();
      List<Score> scores = new ArrayList<>();
      while (examples.hasNext()) {
        Example e = examples.next();
        if (usable(e, model.value())) {
          scores.add(new Score(e.id(), accuracy(e.labels(), segmenter.label(e.image()))));
        }
      }
      return scores.iterator();
    }
  }

  private record Picture(Broadcast<SegmentationModel> model, Map<String, String> ranks)
      implements FlatMapFunction<Iterator<Example>, Pictured> {
    @Override
    public Iterator<Pictured> call(Iterator<Example> examples) {
      LabelSet labels = model.value().labels();
      Segmenter segmenter = model.value().segmenter();
      List<Pictured> out = new ArrayList<>();
      while (examples.hasNext()) {
        Example e = examples.next();
        Image image = e.image();
        LabelMap field = segmenter.label(image);
        float[] entropy = segmenter.entropy();
        float most = (float) StrictMath.log(Math.max(2, labels.size()));
        for (int i = 0; i < entropy.length; i++) {
          entropy[i] /= most;
        }
        Thinned thinned = new Thinned(image.height(), image.width());
        Image small = thinned.image(image);
        out.add(
            new Pictured(
                ranks.get(e.id()),
                e.id(),
                accuracy(e.labels(), field),
                ImageEncoder.image(small),
                colors(small, thinned.labels(e.labels()), labels),
                colors(small, thinned.labels(segmenter.decodeNodes()), labels),
                colors(small, thinned.labels(field), labels),
                ImageEncoder.gray(thinned.values(entropy), small.height(), small.width())));
      }
      return out.iterator();
    }

    private static byte[] colors(Image image, LabelMap map, LabelSet labels) {
      return ImageEncoder.overlay(image, map, labels, 1);
    }
  }

  /** Every so manieth pixel of both directions. */
  private static final class Thinned {
    private final int step;
    private final int height;
    private final int width;
    private final int from;

    Thinned(int height, int width) {
      step = Math.max(1, (Math.max(height, width) + SIDE - 1) / SIDE);
      this.height = (height + step - 1) / step;
      this.width = (width + step - 1) / step;
      from = width;
    }

    private int pixel(int i) {
      return i / width * step * from + i % width * step;
    }

    Image image(Image image) {
      // Two channels have no colours: the first is shown.
      int channels = image.channels() >= 3 ? 3 : 1;
      Image out = Image.blank(height, width, channels, image.bits());
      for (int c = 0; c < channels; c++) {
        for (int i = 0; i < out.pixels(); i++) {
          out.set(c, i, image.sample(c, pixel(i)));
        }
      }
      return out;
    }

    LabelMap labels(LabelMap map) {
      byte[] out = new byte[height * width];
      for (int i = 0; i < out.length; i++) {
        out[i] = map.labels()[pixel(i)];
      }
      return new LabelMap(height, width, out);
    }

    float[] values(float[] values) {
      float[] out = new float[height * width];
      for (int i = 0; i < out.length; i++) {
        out[i] = values[pixel(i)];
      }
      return out;
    }
  }
}
