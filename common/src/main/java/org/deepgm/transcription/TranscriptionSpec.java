package org.deepgm.transcription;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.Serializable;
import java.util.List;
import org.deepgm.network.Architecture;
import org.deepgm.network.LayerSpec;
import org.deepgm.network.Network;
import org.deepgm.network.ParameterLayout;

/**
 * What a transcriber computes: convolutions along the frames and a score for each symbol at every
 * stride-th frame.
 *
 * @param symbols with the blank
 * @param source of the frames
 * @param deltas whether first and second differences over time are added
 * @param stride frames that are stacked to one input: T shrinks by it
 * @param layers hidden layers, kernels of one row
 */
public record TranscriptionSpec(
    int symbols, FrameSource source, boolean deltas, int stride, List<LayerSpec> layers)
    implements Serializable {
  /** Checks the ranges. */
  public TranscriptionSpec {
    if (source == null) {
      throw new IllegalArgumentException("Expected a source of frames, found none");
    }
    layers = List.copyOf(layers);
    require(symbols >= 2 && symbols <= 10_000, "2..10000 symbols", symbols);
    require(stride >= 1 && stride <= 16, "transcription.stride in 1..16", stride);
  }

  private static void require(boolean holds, String expected, int found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** Values a frame. */
  @JsonIgnore
  public int channels() {
    return source.channels();
  }

  /** Values that describe one frame. */
  @JsonIgnore
  public int features() {
    return channels() * (deltas ? 3 : 1);
  }

  /** Channels that the first layer reads. */
  @JsonIgnore
  public int inputs() {
    return features() * stride;
  }

  /** Outputs of so many frames. */
  public int outputs(int frames) {
    return (frames + stride - 1) / stride;
  }

  /** How far the taps of a layer reach. */
  @JsonIgnore
  public int reach() {
    return Architecture.of(inputs(), layers, true).reach(0);
  }

  /** Channels below the head. */
  @JsonIgnore
  public int top() {
    return Architecture.of(inputs(), layers, true).top();
  }

  /** The slices of the parameter vector. */
  public ParameterLayout layOut() {
    ParameterLayout.Builder builder = ParameterLayout.builder();
    int top = Network.layOut(inputs(), layers, true, builder);
    builder.add("symbol.weight", true, symbols, top);
    builder.add("symbol.bias", false, symbols);
    return builder.build();
  }
}
