package org.deepgm.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The smallest TIFF: one uncompressed strip, any number of interleaved channels of 8 or 16 bits.
 */
final class TiffWriter {
  private TiffWriter() {}

  static byte[] encode(Image image) {
    int channels = image.channels();
    int size = image.bits() / 8;
    int strip = image.pixels() * channels * size;
    int[][] tags = {
      {256, 4, 1, image.width()},
      {257, 4, 1, image.height()},
      {258, 3, channels, 0},
      {259, 3, 1, 1},
      {262, 3, 1, channels == 3 ? 2 : 1},
      {273, 4, 1, 0},
      {277, 3, 1, channels},
      {278, 4, 1, image.height()},
      {279, 4, 1, strip},
      {284, 3, 1, 1},
    };
    int extra = channels == 3 ? 0 : channels - 1;
    int entries = tags.length + (extra > 0 ? 1 : 0);
    int directory = 8;
    int after = directory + 2 + 12 * entries + 4;
    int bits = after;
    int extras = bits + 2 * channels;
    int data = extras + 2 * extra;
    ByteBuffer out = ByteBuffer.allocate(data + strip).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(directory);
    out.putShort((short) entries);
    for (int[] tag : tags) {
      int value = tag[0] == 258 && channels > 2 ? bits : tag[0] == 258 ? image.bits() : tag[3];
      if (tag[0] == 258 && channels == 2) {
        value = image.bits() | image.bits() << 16;
      }
      entry(out, tag[0], tag[1], tag[2], tag[0] == 273 ? data : value);
    }
    if (extra > 0) {
      entry(out, 338, 3, extra, extra > 2 ? extras : 0);
    }
    out.putInt(0);
    for (int c = 0; c < channels; c++) {
      out.putShort((short) image.bits());
    }
    for (int c = 0; c < extra; c++) {
      out.putShort((short) 0);
    }
    for (int i = 0; i < image.pixels(); i++) {
      for (int c = 0; c < channels; c++) {
        if (size == 1) {
          out.put((byte) image.sample(c, i));
        } else {
          out.putShort((short) image.sample(c, i));
        }
      }
    }
    return out.array();
  }

  private static void entry(ByteBuffer out, int tag, int type, int count, int value) {
    out.putShort((short) tag).putShort((short) type).putInt(count);
    if (type == 3 && count == 1) {
      out.putShort((short) value).putShort((short) 0);
    } else {
      out.putInt(value);
    }
  }
}
