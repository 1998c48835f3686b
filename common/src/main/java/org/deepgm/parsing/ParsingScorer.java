package org.deepgm.parsing;

import java.util.Arrays;
import org.deepgm.cky.SpanPlanes;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.Convolution;
import org.deepgm.network.Network;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;

/**
 * f_Phi of a parser: from the rows of a sentence's words to the scores of its spans and tags, and
 * from their gradient to Phi's. Keeps what the backward pass needs; one instance a thread.
 *
 * <p>The hidden values of span (i, j) are max(0, left[i] + right[j] + c[j] - c[i]), c the sums of
 * what each word contributes up to a place: the layers below cost O(n), a span only its sum and the
 * head over it. Memory: 4 bytes a span and hidden value or label, four times.
 */
final class ParsingScorer {
  private final ParsingSpec spec;
  private final Kernels kernels;
  private final int embedding;
  private final int channels;
  private final Network network;
  private final Convolution ends;
  private final Convolution content;
  private final Convolution head;
  private final Convolution tagHead;
  private final Planes input;
  private final Planes endScores;
  private final Planes contents;
  private final Planes tagScores;
  private final Planes hidden;
  private final Planes mask;
  private final Planes spanScores;
  private final Planes hiddenGradient;
  private final Planes endGradient;
  private final Planes contentGradient;
  private final Planes topGradient;
  private final Planes partGradient;
  private final Planes inputGradient;
  private float[] parameters;
  private Planes top;
  private int[][] features;
  private boolean[] dropped = new boolean[0];
  private boolean masked;
  private double[] tags = new double[0];

  ParsingScorer(ParsingSpec spec, Kernels kernels) {
    this.spec = spec;
    this.kernels = kernels;
    ParameterLayout layout = spec.layOut();
    embedding = layout.sparse().offset();
    channels = spec.spanChannels();
    network = new Network(spec.width(), spec.layers(), true, layout, kernels);
    int h = spec.top();
    ends = line(layout, "ends", h, 2 * channels, ParsingSpec.ENDS);
    content = line(layout, "content", h, channels, 1);
    head = line(layout, "label", channels, spec.labels(), 1);
    tagHead = line(layout, "tag", h, spec.tags(), 1);
    input = planes(spec.width());
    endScores = planes(2 * channels);
    contents = planes(channels);
    tagScores = planes(spec.tags());
    hidden = planes(channels);
    mask = planes(channels);
    spanScores = planes(spec.labels());
    hiddenGradient = planes(channels);
    endGradient = planes(2 * channels);
    contentGradient = planes(channels);
    topGradient = planes(h);
    partGradient = planes(h);
    inputGradient = planes(spec.width());
  }

  private static Planes planes(int channels) {
    return new Planes(channels);
  }

  private static Convolution line(
      ParameterLayout layout, String name, int inputs, int outputs, int kernel) {
    return new Convolution(
        inputs,
        outputs,
        1,
        kernel,
        1,
        layout.slice(name + ".weight").offset(),
        layout.slice(name + ".bias").offset());
  }

  /**
   * Fresh parameters: layers by He, smaller heads, no embeddings yet, so that a word that is never
   * seen adds nothing.
   */
  static float[] initialize(ParsingSpec spec, long seed) {
    ParameterLayout layout = spec.layOut();
    float[] vector = new float[layout.length()];
    Network.initialize(spec.layers(), layout, vector, seed);
    fill(layout, vector, "ends.weight", 1, seed);
    fill(layout, vector, "content.weight", 0.2, seed);
    fill(layout, vector, "label.weight", 0.2, seed);
    fill(layout, vector, "tag.weight", 0.2, seed);
    fill(layout, vector, "embedding", 0.1, seed);
    return vector;
  }

  private static void fill(
      ParameterLayout layout, float[] vector, String name, double factor, long seed) {
    ParameterLayout.Slice slice = layout.slice(name);
    RandomStream random = RandomStream.of(seed, RandomStream.key(name));
    int fanIn = slice.length() / slice.shape().get(0);
    double deviation = factor * StrictMath.sqrt(1.0 / fanIn);
    for (int i = 0; i < slice.length(); i++) {
      vector[slice.offset() + i] = (float) (deviation * random.nextGaussian());
    }
  }

  void load(float[] vector) {
    parameters = vector;
    network.load(vector);
    ends.load(vector);
    content.load(vector);
    head.load(vector);
    tagHead.load(vector);
  }

  /**
   * The scores of the spans; valid until the next call.
   *
   * @param rows of the words, [n + 2][]
   * @param noise what is blanked, or null
   */
  SpanPlanes forward(int[][] rows, ParsingNoise noise, RandomStream random) {
    features = rows;
    int words = rows.length - 2;
    input.reshape(PlaneLayout.of(1, rows.length, 0, spec.reach()));
    embed(noise, random);
    network.dropout(noise == null ? 0 : noise.dropout(), random);
    top = network.forward(input);
    ends.forward(kernels, top, endScores);
    content.forward(kernels, top, contents);
    tagHead.forward(kernels, top, tagScores);
    hidden.reshape(SpanPlanes.layout(words));
    sumEnds(words);
    masked = noise != null && noise.dropout() > 0;
    if (masked) {
      mask.reshape(hidden.layout());
      Network.drawMask(mask, channels, noise.dropout(), random);
      Network.multiply(kernels, hidden, mask, hidden, channels);
    }
    head.forward(kernels, hidden, spanScores);
    return new SpanPlanes(words, spec.labels(), spanScores.data());
  }

  /** Scores of the tags, [n, tags], of the last sentence. */
  double[] tags() {
    int words = features.length - 2;
    tags = tags.length >= words * spec.tags() ? tags : new double[words * spec.tags()];
    for (int s = 0; s < spec.tags(); s++) {
      int plane = tagScores.plane(s) + tagScores.layout().index(0, 1);
      for (int t = 0; t < words; t++) {
        tags[t * spec.tags() + s] = tagScores.data()[plane + t];
      }
    }
    return tags;
  }

  private void embed(ParsingNoise noise, RandomStream random) {
    int width = spec.width();
    int stride = input.layout().planeSize();
    int origin = input.layout().index(0, 0);
    if (dropped.length < features.length) {
      dropped = new boolean[features.length];
    }
    for (int d = 0; d < width; d++) {
      Arrays.fill(input.data(), d * stride + origin, d * stride + origin + features.length, 0f);
    }
    for (int t = 0; t < features.length; t++) {
      dropped[t] = noise != null && noise.words() > 0 && random.nextDouble() < noise.words();
      for (int f = dropped[t] ? WordFeatures.IDENTITY : 0; f < features[t].length; f++) {
        int from = embedding + features[t][f] * width;
        for (int d = 0, to = origin + t; d < width; d++, to += stride) {
          input.data()[to] += parameters[from + d];
        }
      }
    }
  }

  /** Spans by width, as {@link SpanPlanes} has them. */
  private void sumEnds(int words) {
    float[] right = new float[words + 1];
    float[] left = new float[words + 1];
    for (int k = 0; k < channels; k++) {
      int a = endScores.plane(k) + endScores.layout().index(0, 1);
      int b = endScores.plane(channels + k) + endScores.layout().index(0, 0);
      int c = contents.plane(k) + contents.layout().index(0, 0);
      float sum = 0;
      for (int j = 0; j <= words; j++) {
        sum += j == 0 ? 0 : contents.data()[c + j];
        left[j] = endScores.data()[a + j] - sum;
        right[j] = endScores.data()[b + j] + sum;
      }
      int out = hidden.plane(k) + hidden.layout().index(0, 0);
      for (int width = 1; width <= words; width++) {
        for (int i = 0; i + width <= words; i++) {
          hidden.data()[out + i] = Math.max(0, left[i] + right[i + width]);
        }
        out += words - width + 1;
      }
    }
  }

  /**
   * Adds the gradient of Phi for that of the scores, which the planes of the last scores hold.
   *
   * @param byTags [n, tags]
   * @param rows to which the gradient of the embeddings is added
   */
  void backward(double[] byTags, double[] gradient, SparseRows rows) {
    int words = features.length - 2;
    clear(spanScores, spec.labels());
    head.addWeightGradient(kernels, hidden, spanScores, gradient);
    head.inputGradient(kernels, spanScores, hiddenGradient);
    PlaneLayout spans = hidden.layout();
    if (masked) {
      Network.multiply(kernels, hiddenGradient, mask, hiddenGradient, channels);
    }
    for (int k = 0; k < channels; k++) {
      int from = hidden.plane(k) + spans.origin();
      kernels.rectifyGradient(
          hidden.data(), hiddenGradient.data(), 0f, from, hidden.plane(k) + spans.end());
    }
    gatherEnds(words);
    spreadTags(byTags, words);
    ends.addWeightGradient(kernels, top, endGradient, gradient);
    content.addWeightGradient(kernels, top, contentGradient, gradient);
    tagHead.addWeightGradient(kernels, top, tagScores, gradient);
    ends.inputGradient(kernels, endGradient, topGradient);
    content.inputGradient(kernels, contentGradient, partGradient);
    add(partGradient, topGradient);
    tagHead.inputGradient(kernels, tagScores, partGradient);
    add(partGradient, topGradient);
    topGradient.clearPadding();
    Planes below = topGradient;
    if (!spec.layers().isEmpty()) {
      network.backward(input, topGradient, gradient, inputGradient);
      below = inputGradient;
    }
    addRows(below, rows);
  }

  private void spreadTags(double[] byTags, int words) {
    Arrays.fill(tagScores.data(), 0f);
    for (int s = 0; s < spec.tags(); s++) {
      int to = tagScores.plane(s) + tagScores.layout().index(0, 1);
      for (int t = 0; t < words; t++) {
        tagScores.data()[to + t] = (float) byTags[t * spec.tags() + s];
      }
    }
  }

  /** Planes past the last channel were written by the kernels, too. */
  private static void clear(Planes planes, int channels) {
    planes.clearPadding();
    Arrays.fill(planes.data(), planes.plane(channels), planes.plane(planes.channels()), 0f);
  }

  private void gatherEnds(int words) {
    endGradient.reshape(input.layout());
    contentGradient.reshape(input.layout());
    Arrays.fill(endGradient.data(), 0f);
    Arrays.fill(contentGradient.data(), 0f);
    float[] left = new float[words + 1];
    float[] right = new float[words + 1];
    for (int k = 0; k < channels; k++) {
      Arrays.fill(left, 0);
      Arrays.fill(right, 0);
      int from = hidden.plane(k) + hidden.layout().index(0, 0);
      for (int width = 1; width <= words; width++) {
        for (int i = 0; i + width <= words; i++) {
          float g = hiddenGradient.data()[from + i];
          left[i] += g;
          right[i + width] += g;
        }
        from += words - width + 1;
      }
      int a = endGradient.plane(k) + endGradient.layout().index(0, 1);
      int b = endGradient.plane(channels + k) + endGradient.layout().index(0, 0);
      int c = contentGradient.plane(k) + contentGradient.layout().index(0, 0);
      float after = 0;
      for (int j = words; j >= 0; j--) {
        endGradient.data()[a + j] = left[j];
        endGradient.data()[b + j] = right[j];
        after += right[j] - left[j];
        contentGradient.data()[c + j] = j == 0 ? 0 : after;
      }
    }
  }

  private void add(Planes from, Planes to) {
    int n = from.plane(spec.top());
    for (int i = 0; i < n; i++) {
      to.data()[i] += from.data()[i];
    }
  }

  private void addRows(Planes below, SparseRows rows) {
    int width = spec.width();
    int stride = below.layout().planeSize();
    int origin = below.layout().index(0, 0);
    for (int t = 0; t < features.length; t++) {
      for (int f = dropped[t] ? WordFeatures.IDENTITY : 0; f < features[t].length; f++) {
        int to = rows.at(features[t][f]);
        double[] values = rows.values();
        for (int d = 0, from = origin + t; d < width; d++, from += stride) {
          values[to + d] += below.data()[from];
        }
      }
    }
  }
}
