package org.deepgm.parsing;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.Serializable;
import java.util.List;
import org.deepgm.network.Architecture;
import org.deepgm.network.LayerSpec;
import org.deepgm.network.Network;
import org.deepgm.network.ParameterLayout;

/**
 * What a parser computes: words as sums of hashed embeddings, convolutions along the sentence, and
 * a score for every label of every span, from its two ends and from the difference of the hidden
 * vectors summed up to them; beside them a score for every tag of every word.
 *
 * @param labels of spans: with that of no constituent, or the symbols of a grammar
 * @param rules of the grammar, each with a score that is the same everywhere; 0 without a grammar
 * @param tags of words
 * @param rows of the table of embeddings
 * @param width of an embedding
 * @param layers hidden layers along the sentence, kernels of one row
 * @param spanChannels hidden values a span
 */
public record ParsingSpec(
    int labels, int rules, int tags, int rows, int width, List<LayerSpec> layers, int spanChannels)
    implements Serializable {
  /** Words that an end of a span sees: the one at the end and its neighbours. */
  static final int ENDS = 3;

  /** Checks the ranges. */
  public ParsingSpec {
    layers = List.copyOf(layers);
    require(labels >= 2 && labels <= 10_000, "2..10000 labels of spans", labels);
    require(tags >= 1 && tags <= 10_000, "1..10000 tags", tags);
    require(rows >= 1 && rows <= 1 << 24, "parsing.rows in 1..16777216", rows);
    require(width >= 1 && width <= 1024, "parsing.embedding in 1..1024", width);
    require(
        (long) rows * width <= 1 << 28, "parsing.rows times parsing.embedding up to 2^28", rows);
    require(
        spanChannels >= 1 && spanChannels <= 1024,
        "parsing.span-channels in 1..1024",
        spanChannels);
  }

  private static void require(boolean holds, String expected, int found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** How far the taps of a layer reach. */
  @JsonIgnore
  public int reach() {
    return Math.max(ENDS / 2, Architecture.of(width, layers, true).reach(0));
  }

  /** Channels a word below the heads. */
  @JsonIgnore
  public int top() {
    return Architecture.of(width, layers, true).top();
  }

  /** The slices of the parameter vector; the embeddings are sparse. */
  public ParameterLayout layOut() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    int top = Network.layOut(width, layers, true, builder);
    builder.add("ends.weight", true, 2 * spanChannels, top, 1, ENDS);
    builder.add("ends.bias", false, 2 * spanChannels);
    builder.add("content.weight", true, spanChannels, top);
    builder.add("content.bias", false, spanChannels);
    builder.add("label.weight", true, labels, spanChannels);
    builder.add("label.bias", false, labels);
    builder.add("tag.weight", true, tags, top);
    builder.add("tag.bias", false, tags);
    if (rules > 0) {
      builder.add("rule.weight", true, rules);
    }
    builder.addSparse("embedding", false, rows, width);
    return builder.build();
  }
}
