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
 */
public record FrameAugmentation(
    double tempo, int timeMasks, int timeMask, int channelMasks, int channelMask)
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
  }

  /** Utterances as they are. */
  public static FrameAugmentation none() {
    return new FrameAugmentation(0, 0, 0, 0, 0);
  }
}
