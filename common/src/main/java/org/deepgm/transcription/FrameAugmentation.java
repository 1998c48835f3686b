package org.deepgm.transcription;

import java.io.Serializable;

/**
 * Random views of utterances to train on.
 *
 * @param tempo largest relative change of speed; 0 is off
 * @param timeMasks spans of frames that are blanked
 * @param timeMask most frames of a span
 * @param channelMasks bands of channels that are blanked
 * @param channelMask most channels of a band
 * @param warp largest relative change of the frequency axis, as of another vocal tract; 0 is off
 * @param noise deviation of what is added to each value, in deviations of its channel; 0 is off
 * @param dropout share of the network's values that are blanked
 */
public record FrameAugmentation(
    double tempo,
    int timeMasks,
    int timeMask,
    int channelMasks,
    int channelMask,
    double warp,
    double noise,
    double dropout)
    implements Serializable {
  /** Checks the ranges. */
  public FrameAugmentation {
    if (!(tempo >= 0 && tempo <= 0.5)
        || timeMasks < 0
        || timeMask < 0
        || channelMasks < 0
        || channelMask < 0) {
      throw new IllegalArgumentException(
          "Expected transcription.augment with tempo in [0, 0.5] and masks >= 0, found "
              + tempo
              + ", "
              + timeMasks
              + ", "
              + timeMask
              + ", "
              + channelMasks
              + ", "
              + channelMask);
    }
    require(warp >= 0 && warp <= 0.5, "transcription.augment.warp in [0, 0.5]", warp);
    require(noise >= 0 && noise <= 10, "transcription.augment.noise in [0, 10]", noise);
    require(dropout >= 0 && dropout <= 0.9, "transcription.augment.dropout in [0, 0.9]", dropout);
  }

  private static void require(boolean holds, String expected, double found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  /** Utterances as they are. */
  public static FrameAugmentation none() {
    return new FrameAugmentation(0, 0, 0, 0, 0, 0, 0, 0);
  }
}
