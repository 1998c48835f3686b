package org.deepgm.task.segmentation;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.math.RandomStream;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.InputStatistics;
import org.deepgm.segmentation.InputTables;
import org.deepgm.segmentation.PlacePrior;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.Textons;

/**
 * Finds what input planes take from the training set. Sums are of fixed point and draws by (seed,
 * image id), so that partitions do not matter.
 *
 * @param context runs the passes over the images
 * @param examples the training set
 * @param count how many there are
 * @param seed of the draws
 */
record InputLearning(JavaSparkContext context, JavaRDD<Example> examples, long count, long seed) {
  /** Images that textons are learned from, about, and pixels of each. */
  private static final int IMAGES = 4096;

  private static final int PIXELS = 64;

  /** Candidates of a first dictionary for each word, and rounds of k-means. */
  private static final int CANDIDATES = 16;

  private static final int ROUNDS = 12;

  private static final long DRAWN = RandomStream.key("textons");

  /** A sample and the number by which it is drawn. */
  private record Candidate(double order, String id, float[] values) implements Serializable {}

  InputTables tables(SegmentationSpec spec) {
    SegmentationSpec plain = spec.withoutTexture();
    InputTables base = statistics(plain, InputTables.identity(plain.inputs()), 0);
    if (spec.equals(plain)) {
      return base;
    }
    int textons = spec.texture().textons();
    int side = spec.texture().place();
    float[] words = textons > 0 ? words(plain, base, textons) : new float[0];
    float[] place = side > 0 ? place(side, spec.labels()) : new float[0];
    // Responses as words need them; what texture adds as it is.
    InputTables raw =
        joined(base, InputTables.identity(spec.inputs()), plain.inputs()).with(words, place);
    return joined(base, statistics(spec, raw, plain.inputs()), plain.inputs()).with(words, place);
  }

  /** The first channels of one, the others of another. */
  private static InputTables joined(InputTables first, InputTables others, int channels) {
    float[] mean = others.mean().clone();
    float[] inverse = others.inverse().clone();
    System.arraycopy(first.mean(), 0, mean, 0, channels);
    System.arraycopy(first.inverse(), 0, inverse, 0, channels);
    return new InputTables(mean, inverse);
  }

  private InputTables statistics(SegmentationSpec spec, InputTables raw, int first) {
    return examples
        .mapPartitions(
            it -> {
              InputStatistics statistics = new InputStatistics(spec, raw, first);
              it.forEachRemaining(e -> statistics.add(e.image()));
              return List.of(statistics).iterator();
            })
        .reduce(InputStatistics::merge)
        .tables();
  }

  private float[] place(int side, int labels) {
    return examples
        .mapPartitions(
            it -> {
              PlacePrior.Counts counts = new PlacePrior.Counts(side, labels);
              it.forEachRemaining(e -> counts.add(e.labels()));
              return List.of(counts).iterator();
            })
        .reduce(PlacePrior.Counts::merge)
        .logShares();
  }

  private float[] words(SegmentationSpec spec, InputTables tables, int count) {
    double share = IMAGES / (double) this.count;
    long seed = this.seed;
    JavaRDD<Candidate> samples =
        examples
            .filter(e -> stream(seed, e.id()).nextDouble() < share)
            .map(
                e -> {
                  RandomStream random = stream(seed, e.id());
                  double order = random.nextDouble();
                  float[] values = InputStatistics.samples(spec, tables, e.image(), PIXELS, random);
                  return new Candidate(order, e.id(), values);
                })
            .cache();
    try {
      int images = (count * CANDIDATES + PIXELS - 1) / PIXELS;
      List<Candidate> first = samples.takeOrdered(images, new ByOrder());
      float[] words = first(first, spec.responses(), count);
      int dimensions = spec.responses();
      for (int round = 0; round < ROUNDS; round++) {
        Broadcast<float[]> now = context.broadcast(words);
        Textons.Sums sums =
            samples
                .mapPartitions(
                    it -> {
                      Textons.Sums some = new Textons.Sums(count, dimensions);
                      it.forEachRemaining(c -> some.add(now.value(), c.values()));
                      return List.of(some).iterator();
                    })
                .reduce(Textons.Sums::merge);
        words = sums.means(words);
        now.destroy();
      }
      return words;
    } finally {
      samples.unpersist();
    }
  }

  private static RandomStream stream(long seed, String id) {
    return RandomStream.of(seed, RandomStream.key(id), DRAWN);
  }

  private static final class ByOrder implements Comparator<Candidate>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(Candidate a, Candidate b) {
      int order = Double.compare(a.order(), b.order());
      return order != 0 ? order : a.id().compareTo(b.id());
    }
  }

  /** Words far from each other (Arthur, Vassilvitskii 2007: k-means++), from some samples. */
  private float[] first(List<Candidate> candidates, int dimensions, int count) {
    int n = candidates.size() * PIXELS;
    double[] least = new double[n];
    Arrays.fill(least, 1);
    float[] words = new float[count * dimensions];
    RandomStream random = RandomStream.of(seed, DRAWN);
    for (int k = 0; k < count; k++) {
      double sum = Arrays.stream(least).sum();
      double left = random.nextDouble() * sum;
      int taken = 0;
      for (int i = 0; i < n && left >= 0; i++) {
        left -= least[i];
        taken = least[i] > 0 ? i : taken;
      }
      float[] values = candidates.get(taken / PIXELS).values();
      System.arraycopy(values, taken % PIXELS * dimensions, words, k * dimensions, dimensions);
      for (int i = 0; i < n; i++) {
        double far = distance(candidates.get(i / PIXELS).values(), i, words, k, dimensions);
        least[i] = k == 0 ? far : Math.min(least[i], far);
      }
    }
    return words;
  }

  private static double distance(float[] values, int i, float[] words, int k, int dimensions) {
    double sum = 0;
    for (int d = 0; d < dimensions; d++) {
      double difference = values[i % PIXELS * dimensions + d] - words[k * dimensions + d];
      sum += difference * difference;
    }
    return sum;
  }
}
