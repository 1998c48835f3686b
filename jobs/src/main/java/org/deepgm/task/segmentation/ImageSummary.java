package org.deepgm.task.segmentation;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.zip.CRC32C;
import org.deepgm.dataset.Checksums;
import org.deepgm.dataset.Summary;
import org.deepgm.fault.InputException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.segmentation.Example;

/** What is known of a set of images with masks. */
public final class ImageSummary implements Summary<Example, ImageSummary> {
  private static final long serialVersionUID = 1L;
  private final boolean mixed;
  private final HashMap<ChannelLayout, ChannelLayout.Seen> layouts = new HashMap<>();
  private final Checksums checksums = new Checksums();
  private final long[] pixels;
  private boolean two;
  private int bits;
  private int largest;

  /**
   * Nothing counted yet.
   *
   * @param labels classes
   * @param mixed whether images of 8 and of 16 bits may be mixed
   */
  ImageSummary(int labels, boolean mixed) {
    this.mixed = mixed;
    pixels = new long[labels];
  }

  @Override
  public void add(Example example) {
    Image image = example.image();
    layouts.merge(
        ChannelLayout.of(image, mixed),
        new ChannelLayout.Seen(1, example.id()),
        ChannelLayout.Seen::and);
    bits = Math.max(bits, image.bits());
    largest = Math.max(largest, image.pixels());
    checksums.add(checksum(example));
    two |= example.given() != null;
    for (int i = 0; i < image.pixels(); i++) {
      int y = example.labels().label(i);
      if (y != LabelMap.IGNORE) {
        pixels[y]++;
      }
    }
  }

  private static int checksum(Example example) {
    CRC32C crc = new CRC32C();
    crc.update(example.id().getBytes(StandardCharsets.UTF_8));
    crc.update(example.image().height());
    crc.update(example.image().samples());
    crc.update(example.labels().labels());
    if (example.given() != null) {
      crc.update(example.given().labels());
    }
    return (int) crc.getValue();
  }

  @Override
  public void merge(ImageSummary later) {
    later.layouts.forEach((layout, seen) -> layouts.merge(layout, seen, ChannelLayout.Seen::and));
    checksums.addAll(later.checksums);
    bits = Math.max(bits, later.bits);
    largest = Math.max(largest, later.largest);
    for (int l = 0; l < pixels.length; l++) {
      pixels[l] += later.pixels[l];
    }
    two |= later.two;
  }

  @Override
  public int count() {
    return checksums.count();
  }

  @Override
  public String checksum() {
    return checksums.digest().substring(0, 16);
  }

  /** Whether all images have the same channels and bits. */
  boolean uniform() {
    return layouts.size() <= 1;
  }

  /** The channels and bits of most images; null without any. */
  ChannelLayout layout() {
    return ChannelLayout.common(List.of(layouts));
  }

  /** Channels of most images. */
  int channels() {
    return layouts.isEmpty() ? 0 : layout().channels();
  }

  /** Bits of the images, the most that one has. */
  int bits() {
    return bits;
  }

  /** Pixels of each label, [L]. */
  long[] labelPixels() {
    return pixels;
  }

  /** Share of each label among the labelled pixels, [L]. */
  double[] frequencies() {
    double total = Math.max(1, Arrays.stream(pixels).sum());
    return Arrays.stream(pixels).mapToDouble(n -> n / total).toArray();
  }

  /** Label maps an image, one or two. */
  int labelMaps() {
    return two ? 2 : 1;
  }

  /** Most pixels of an image. */
  int largest() {
    return largest;
  }

  /**
   * Whether anything can be learned, or scored, from it.
   *
   * @param what the images are for
   * @throws InputException if there is no labelled pixel
   */
  void check(String what) {
    if (Arrays.stream(pixels).sum() == 0) {
      throw new InputException(
          "Expected labelled pixels to "
              + what
              + ", found "
              + count()
              + (count() == 1 ? " image" : " images")
              + " in which every pixel is ignored");
    }
  }
}
