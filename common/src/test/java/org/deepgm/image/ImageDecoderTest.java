package org.deepgm.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.LabelSet.LabelClass;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final LabelSet LABELS =
      new LabelSet(
          "three",
          List.of(
              new LabelClass(0, "a", 0x102030),
              new LabelClass(1, "b", 0xFF0000),
              new LabelClass(2, "c", 0x0000FF)),
          255);

  private final ImageDecoder decoder = new ImageDecoder(1 << 20);

  private static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, out), format);
    return out.toByteArray();
  }

  private static Image random(int height, int width, int channels, int bits) {
    Image image = Image.blank(height, width, channels, bits);
    RandomStream random = RandomStream.of(height, width, channels);
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < image.pixels(); i++) {
        image.set(c, i, random.nextInt(image.maximum() + 1));
      }
    }
    return image;
  }

  private static BufferedImage buffered(int type, Image image) {
    BufferedImage out = new BufferedImage(image.width(), image.height(), type);
    for (int c = 0; c < image.channels(); c++) {
      for (int i = 0; i < image.pixels(); i++) {
        out.getRaster().setSample(i % image.width(), i / image.width(), c, image.sample(c, i));
      }
    }
    return out;
  }

  private static void assertSame(Image expected, Image found) {
    assertEquals(expected.height(), found.height());
    assertEquals(expected.width(), found.width());
    assertEquals(expected.channels(), found.channels());
    assertEquals(expected.bits(), found.bits());
    assertArrayEquals(expected.samples(), found.samples());
  }

  @ParameterizedTest
  @CsvSource({
    "png, " + BufferedImage.TYPE_BYTE_GRAY + ", 1, 8",
    "png, " + BufferedImage.TYPE_USHORT_GRAY + ", 1, 16",
    "png, " + BufferedImage.TYPE_3BYTE_BGR + ", 3, 8",
    "png, " + BufferedImage.TYPE_INT_RGB + ", 3, 8",
    "png, " + BufferedImage.TYPE_4BYTE_ABGR + ", 4, 8",
    "bmp, " + BufferedImage.TYPE_3BYTE_BGR + ", 3, 8",
    "tiff, " + BufferedImage.TYPE_3BYTE_BGR + ", 3, 8",
    "tiff, " + BufferedImage.TYPE_USHORT_GRAY + ", 1, 16",
    "gif, " + BufferedImage.TYPE_BYTE_GRAY + ", 1, 8",
  })
  void losslessFormatsKeepTheirSamples(String format, int type, int channels, int bits)
      throws IOException {
    Image image = random(5, 7, channels, bits);
    assertSame(image, decoder.image(encode(buffered(type, image), format), "x"));
  }

  @Test
  void jpegIsCloseToItsSource() throws IOException {
    Image image = Image.blank(16, 16, 3, 8);
    for (int i = 0; i < 256; i++) {
      image.set(0, i, 200);
      image.set(1, i, 100);
      image.set(2, i, 50);
    }
    byte[] bytes = encode(buffered(BufferedImage.TYPE_3BYTE_BGR, image), "jpeg");
    Image found = decoder.image(bytes, "x");
    assertEquals(200, found.sample(0, 100), 4);
    assertEquals(100, found.sample(1, 100), 4);
    assertEquals(50, found.sample(2, 100), 4);
  }

  @ParameterizedTest
  @CsvSource({"6, 8", "5, 16", "2, 8", "8, 16", "4, 8"})
  void tiffMayHaveManyChannels(int channels, int bits) {
    Image image = random(4, 9, channels, bits);
    assertSame(image, decoder.image(TiffWriter.encode(image), "x"));
  }

  /** Tag 284, which is optional, becomes 339: signed, or floating-point samples. */
  @ParameterizedTest
  @CsvSource({"2, signed samples of 8 bits are not supported", "3, floating-point samples"})
  void samplesThatAreNotWholeNumbersFromZeroAreNamed(int format, String message) {
    byte[] tiff = TiffWriter.encode(random(4, 9, 1, 8));
    for (int i = 10; i < 10 + 12 * 10; i += 12) {
      if ((tiff[i] & 0xFF) == 284 - 256 && tiff[i + 1] == 1) {
        tiff[i] = (byte) (339 - 256);
        tiff[i + 8] = (byte) format;
      }
    }
    RecordException e = assertThrows(RecordException.class, () -> decoder.image(tiff, "x"));
    assertEquals(Kind.UNSUPPORTED, e.kind());
    assertTrue(e.getMessage().startsWith("x: " + message), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "tiff, only the first of its 3 pages was read",
    "gif, only the first of its 3 frames"
  })
  void ofSeveralPicturesTheFirstIsReadAndThatIsSaid(String format, String note) throws IOException {
    var writer = ImageIO.getImageWritersByFormatName(format).next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.prepareWriteSequence(null);
      for (int i = 0; i < 3; i++) {
        BufferedImage page = new BufferedImage(5, 4, BufferedImage.TYPE_BYTE_GRAY);
        page.getRaster().setSample(0, 0, 0, 200 - 100 * i);
        writer.writeToSequence(new javax.imageio.IIOImage(page, null, null), null);
      }
      writer.endWriteSequence();
    }
    ImageDecoder.Picture picture = decoder.picture(out.toByteArray(), "x");
    assertEquals(200, picture.image().sample(0, 0));
    assertEquals(1, picture.notes().size());
    assertTrue(picture.notes().get(0).startsWith(note), picture.notes().get(0));
  }

  @Test
  void palettesOfImagesAreExpandedAndOfMasksAreNot() throws IOException {
    byte[] red = new byte[256];
    byte[] green = new byte[256];
    byte[] blue = new byte[256];
    red[1] = (byte) 250;
    green[2] = 120;
    IndexColorModel palette = new IndexColorModel(8, 256, red, green, blue);
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
    for (int x = 0; x < 3; x++) {
      image.getRaster().setSample(x, 0, 0, x);
    }
    byte[] png = encode(image, "png");
    Image found = decoder.image(png, "x");
    assertEquals(3, found.channels());
    assertEquals(250, found.sample(0, 1));
    assertEquals(120, found.sample(1, 2));
    assertArrayEquals(new byte[] {0, 1, 2}, decoder.mask(png, LABELS, "x").labels());
  }

  @Test
  void masksMayBeColours() throws IOException {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0x0000FF);
    image.setRGB(1, 0, 0x102030);
    image.setRGB(2, 0, 0xFF0000);
    assertArrayEquals(
        new byte[] {2, 0, 1}, decoder.mask(encode(image, "png"), LABELS, "x").labels());
    image.setRGB(1, 0, 0x102031);
    byte[] bytes = encode(image, "png");
    RecordException e =
        assertThrows(RecordException.class, () -> decoder.mask(bytes, LABELS, "m.png"));
    assertEquals(
        "m.png: expected colours of the label set, found (16, 32, 49) at row 0, column 1; if it stands"
            + " for no label, name [16, 32, 49] in \"ignore\" of labels.json",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void masksOfFewBitsHoldLabels(int bits) throws IOException {
    byte[] gray = new byte[1 << bits];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (i * 255 / (gray.length - 1));
    }
    BufferedImage image =
        new BufferedImage(
            4,
            1,
            BufferedImage.TYPE_BYTE_BINARY,
            new IndexColorModel(bits, gray.length, gray, gray, gray));
    image.getRaster().setSample(1, 0, 0, 1);
    assertArrayEquals(
        new byte[] {0, 1, 0, 0}, decoder.mask(encode(image, "png"), LABELS, "x").labels());
  }

  @Test
  void maskValuesOutsideTheSetNameTheirPlace() throws IOException {
    BufferedImage image = new BufferedImage(10, 4, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(9, 3, 0, 37);
    image.getRaster().setSample(0, 0, 0, 255);
    byte[] bytes = encode(image, "png");
    RecordException e =
        assertThrows(RecordException.class, () -> decoder.mask(bytes, LABELS, "masks/a.png"));
    assertEquals(Kind.UNKNOWN_LABEL, e.kind());
    assertEquals(
        "masks/a.png: expected labels 0..2 or 255 (ignore), found 37 at row 3, column 9",
        e.getMessage());
  }

  @Test
  void encodedMasksComeBackAsTheyWere() {
    byte[] labels = {0, 1, 2, (byte) LabelMap.IGNORE, 2, 1};
    LabelMap map = new LabelMap(2, 3, labels);
    assertArrayEquals(labels, decoder.mask(ImageEncoder.mask(map, LABELS), LABELS, "x").labels());
    LabelSet wide =
        new LabelSet(
            "wide",
            List.of(
                new LabelClass(7, "a", 1), new LabelClass(300, "b", 2), LABELS.classes().get(2)),
            65535);
    assertArrayEquals(labels, decoder.mask(ImageEncoder.mask(map, wide), wide, "x").labels());
  }

  @Test
  void aHeaderThatClaimsTooMuchTakesNoMemory() {
    byte[] header =
        ByteBuffer.allocate(17)
            .put(new byte[] {'I', 'H', 'D', 'R'})
            .putInt(60000)
            .putInt(60000)
            .put(new byte[] {8, 2, 0, 0, 0})
            .array();
    CRC32 crc = new CRC32();
    crc.update(header);
    byte[] png =
        ByteBuffer.allocate(30_000)
            .put(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10})
            .putInt(13)
            .put(header)
            .putInt((int) crc.getValue())
            .array();
    long before = allocated();
    RecordException e = assertThrows(RecordException.class, () -> decoder.image(png, "bomb.png"));
    assertEquals(Kind.TOO_LARGE, e.kind());
    assertTrue(e.getMessage().contains("found 60000 x 60000"), e.getMessage());
    assertTrue(allocated() - before < 20_000_000, "allocated " + (allocated() - before));
  }

  private static long allocated() {
    var bean =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    return bean.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "bmp", "gif", "tiff"})
  void truncatedFilesAreUnreadable(String format) throws IOException {
    int type = format.equals("gif") ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    Image image = random(60, 60, format.equals("gif") ? 1 : 3, 8);
    byte[] whole = encode(buffered(type, image), format);
    for (double share : new double[] {0.02, 0.3, 0.6, 0.9}) {
      byte[] part = Arrays.copyOf(whole, (int) (whole.length * share));
      RecordException e =
          assertThrows(RecordException.class, () -> decoder.image(part, "t"), format + share);
      assertEquals(Kind.UNREADABLE, e.kind());
    }
  }

  @Test
  void otherFilesAreUnreadable() {
    for (byte[] bytes : new byte[][] {{}, {1, 2, 3}, "<svg/>".getBytes(StandardCharsets.UTF_8)}) {
      RecordException e = assertThrows(RecordException.class, () -> decoder.image(bytes, "f"));
      assertTrue(e.getMessage().startsWith("f: expected PNG, JPEG"), e.getMessage());
    }
  }
}
