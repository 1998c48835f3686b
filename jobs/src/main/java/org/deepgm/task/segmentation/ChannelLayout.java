package org.deepgm.task.segmentation;

import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.deepgm.dataset.BadRecord;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.segmentation.Example;

/**
 * The channels and bits that the images of a data set have in common. Those that have others are
 * bad records.
 *
 * @param channels of every image
 * @param bits a sample; 0 where images of 8 and of 16 bits may be mixed
 */
record ChannelLayout(int channels, int bits) implements Serializable {
  /** Images of one layout: how many, and the first of their ids. */
  record Seen(int count, String first) implements Serializable {
    Seen and(Seen other) {
      String least = first.compareTo(other.first) <= 0 ? first : other.first;
      return new Seen(count + other.count, least);
    }

    private boolean before(Seen other) {
      return count > other.count || count == other.count && first.compareTo(other.first) < 0;
    }
  }

  /**
   * The layout of an image.
   *
   * @param mixed whether bits may be mixed: samples are scaled to 0..1 before they are used
   */
  static ChannelLayout of(Image image, boolean mixed) {
    return new ChannelLayout(image.channels(), mixed ? 0 : image.bits());
  }

  /** The layout that most images have; of equally many the one whose first id comes first. */
  static ChannelLayout common(Collection<Map<ChannelLayout, Seen>> parts) {
    Map<ChannelLayout, Seen> all = new HashMap<>();
    parts.forEach(part -> part.forEach((layout, seen) -> all.merge(layout, seen, Seen::and)));
    ChannelLayout best = null;
    for (Map.Entry<ChannelLayout, Seen> entry : all.entrySet()) {
      if (best == null || entry.getValue().before(all.get(best))) {
        best = entry.getKey();
      }
    }
    return best;
  }

  /** What is wrong with an image of another layout; null for one of this. */
  BadRecord fault(Example example) {
    ChannelLayout found = ChannelLayout.of(example.image(), bits == 0);
    return found.equals(this) ? null : fault(example.id(), found.toString(), toString(), bits == 0);
  }

  /**
   * What is wrong with an image of another layout than most.
   *
   * @param found its layout, in words
   * @param common that of most
   */
  static BadRecord fault(String id, String found, String common, boolean mixed) {
    return new BadRecord(
        id,
        Kind.CHANNEL_MISMATCH.key(),
        id
            + ": expected "
            + common
            + " as in most images, found "
            + found
            + (mixed ? "" : "; --channels rgb converts all to three channels"));
  }

  @Override
  public String toString() {
    return channels
        + (channels == 1 ? " channel" : " channels")
        + (bits == 0 ? "" : " of " + bits + " bits");
  }
}
