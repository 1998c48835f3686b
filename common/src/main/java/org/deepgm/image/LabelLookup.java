package org.deepgm.image;

import java.util.Map;
import java.util.Set;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * What the values of a mask mean: one band holds ids (a second transparency), three or four hold
 * the colours of the classes and transparency.
 */
public final class LabelLookup {
  private final LabelSet labels;
  private final int[] indexOfId;
  private final Map<Integer, Integer> indexOfColor;

  /** The lookup of a label set. */
  public LabelLookup(LabelSet labels) {
    this.labels = labels;
    indexOfId = labels.indexOfId();
    indexOfColor = labels.indexOfColor();
  }

  /**
   * The labelling of a mask.
   *
   * @param place how messages name it
   * @throws RecordException if a value is no label
   */
  public LabelMap map(Image mask, String place) {
    return map(mask, null, place);
  }

  LabelMap map(RawImage mask, String place) {
    return map(mask.samples(), mask.palette(), place);
  }

  private LabelMap map(Image mask, int[] palette, String place) {
    boolean colored = mask.channels() >= 3;
    if (mask.channels() > 4) {
      throw new RecordException(
          Kind.UNREADABLE,
          place + ": expected a mask of 1 to 4 channels, found " + mask.channels());
    }
    if (colored) {
      checkColors(mask, place);
    }
    int alpha = mask.channels() == 2 ? 1 : mask.channels() == 4 ? 3 : -1;
    boolean ignoresTransparent = labels.ignored().transparent();
    byte[] out = new byte[mask.pixels()];
    for (int i = 0; i < out.length; i++) {
      boolean transparent =
          ignoresTransparent
              && (alpha >= 0
                  ? mask.sample(alpha, i) == 0
                  : palette != null
                      && mask.sample(0, i) < palette.length
                      && palette[mask.sample(0, i)] >>> 24 == 0);
      int value = colored ? color(mask, i) : mask.sample(0, i);
      int index =
          transparent
              ? LabelMap.IGNORE
              : colored ? indexOfColor.getOrDefault(value, -1) : indexOfId[value];
      if (index < 0) {
        throw unknown(value, colored, i / mask.width(), i % mask.width(), place);
      }
      out[i] = (byte) index;
    }
    return new LabelMap(mask.height(), mask.width(), out);
  }

  private static int color(Image mask, int i) {
    return mask.sample(0, i) << 16 | mask.sample(1, i) << 8 | mask.sample(2, i);
  }

  private void checkColors(Image mask, String place) {
    if (mask.bits() > 8) {
      throw new RecordException(
          Kind.UNREADABLE, place + ": expected colours of 8 bits in a mask, found 16");
    }
    Set<Integer> colors = Set.copyOf(labels.classes().stream().map(c -> c.color()).toList());
    if (colors.size() < labels.size()) {
      throw new InputException(
          place + ": expected label ids, found colours, and two classes of labels.json share one");
    }
  }

  private RecordException unknown(int value, boolean colored, int row, int column, String place) {
    String at = " at row " + row + ", column " + column;
    if (!colored) {
      return new RecordException(
          Kind.UNKNOWN_LABEL,
          place + ": expected labels " + labels.expectedIds() + ", found " + value + at);
    }
    String color = (value >> 16) + ", " + (value >> 8 & 0xFF) + ", " + (value & 0xFF);
    return new RecordException(
        Kind.UNKNOWN_LABEL,
        place
            + ": expected colours of the label set, found ("
            + color
            + ")"
            + at
            + "; if it stands for no label, name ["
            + color
            + "] in \"ignore\" of labels.json");
  }
}
