package org.deepgm.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import org.deepgm.Cases;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files off the common path, as people reported them to other tools, where they are. */
class ImageCasesTest {
  private static final ImageDecoder DECODER = new ImageDecoder(1 << 24);

  /**
   * The scenes are noisy, and JPEG takes noise away; turned or of another scene they differ by 27.
   */
  private static final double JPEG_ERROR = 20;

  private static byte[] file(String name) throws IOException {
    return Files.readAllBytes(Cases.folder("images").resolve(name));
  }

  private static Image image(String name) throws IOException {
    return DECODER.image(file(name), name);
  }

  private static LabelSet labels(String name) throws IOException {
    return LabelSet.parse(file(name + "/labels.json"), name);
  }

  private static LabelSet ignoring(String name, String ignore) throws IOException {
    String json =
        new String(file(name + "/labels.json"), StandardCharsets.UTF_8)
            .replace("\"ignore\": 255", ignore);
    return LabelSet.parse(json.getBytes(StandardCharsets.UTF_8), name);
  }

  private static RecordException refused(String name) throws IOException {
    // Where there are no cases the test is skipped here, and not failed below.
    byte[] file = file(name);
    return assertThrows(RecordException.class, () -> DECODER.image(file, name));
  }

  private static double difference(Image a, Image b) {
    assertEquals(a.height(), b.height());
    assertEquals(a.width(), b.width());
    double sum = 0;
    for (int i = 0; i < a.pixels(); i++) {
      sum += Math.abs(a.sample(0, i) - b.sample(0, i));
    }
    return sum / a.pixels();
  }

  @ParameterizedTest
  @ValueSource(strings = {"exif3/images/s0.jpg", "exif6/images/s0.jpg", "ext/images/s0.webp"})
  void picturesAreReadAsTheyAreShown(String name) throws IOException {
    assertTrue(difference(image("m_void/images/s0.png"), image(name)) < JPEG_ERROR);
  }

  @Test
  void everyBandOfAPlanarTiffIsRead() throws IOException {
    Image tiles = image("gdal/b5_u8_BAND_tiled.tif");
    // The pattern that the file was made with: 3 x + 5 y + 37 band.
    Image cog = image("gdal/cog_LZW.tif");
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < cog.pixels(); i++) {
        assertEquals(cog.sample(c, i), tiles.sample(c, i));
      }
    }
    assertEquals(5, tiles.channels());
    Image wide = image("gdal/b4_u16_BAND_tiled.tif");
    Image strips = image("gdal/b13_u16_BAND_strip.tif");
    assertEquals(13, strips.channels());
    for (int c = 0; c < 4; c++) {
      for (int i = 0; i < wide.pixels(); i++) {
        assertEquals(wide.sample(c, i), strips.sample(c, i));
      }
    }
    Image six = image("bands/images/s0.tif");
    assertEquals(6, six.channels());
    assertTrue(six.sample(0, 0) != six.sample(1, 0) && six.sample(1, 0) != six.sample(2, 0));
  }

  @Test
  void emptyTilesHoldNoDataAndNeverTheHeader() throws IOException {
    Image tiles = image("gdal/sparse.tif");
    int filled = 0;
    for (int i = 0; i < tiles.pixels(); i++) {
      boolean inside = i / 300 / 64 == 1 && i % 300 / 64 == 1;
      filled += inside && tiles.sample(0, i) != 0 ? 1 : 0;
      assertTrue(inside || tiles.sample(0, i) == 0, "row " + i / 300 + ", column " + i % 300);
    }
    assertTrue(filled > 0);
    Image strips = image("gdal/sparse_strip_lzw.tif");
    for (int i = 0; i < strips.pixels(); i++) {
      assertTrue(i / 300 / 27 == 3 || strips.sample(0, i) == 0);
    }
  }

  @Test
  void whiteIsZeroMasksAreReadAsTheirTwinOfEightBits() throws IOException {
    LabelMap map =
        DECODER.mask(file("m_miniswhite/masks/s0.tif"), labels("m_miniswhite"), "s0.tif");
    int ones = 0;
    for (int i = 0; i < map.labels().length; i++) {
      ones += map.label(i);
    }
    assertEquals(64, ones);
    assertEquals(768, map.labels().length);
  }

  @ParameterizedTest
  @CsvSource({
    "zstd/images/s1.tif, compression ZSTD is not supported",
    "gdal/c3_ZSTD_p2_PIXEL.tif, compression ZSTD is not supported",
    "gdal/c3_LERC_p1_BAND.tif, compression LERC is not supported",
    "gdal/c3_WEBP_p1_BAND.tif, compression WebP is not supported",
  })
  void whatIsNotSupportedSaysItsName(String name, String message) throws IOException {
    RecordException e = refused(name);
    assertEquals(Kind.UNSUPPORTED, e.kind());
    assertEquals(name + ": " + message, e.getMessage());
  }

  @Test
  void strayBytesOfAWholeJpegAreNoDamage() throws IOException {
    String name = "extraneous/images/s1.jpg";
    Image clean = image("m_void/images/s1.png");
    assertTrue(difference(clean, image(name)) < JPEG_ERROR);
    // Between two segments the reader sees them, and says so.
    byte[] file = file(name);
    byte[] stray = new byte[file.length + 3];
    System.arraycopy(file, 0, stray, 0, 20);
    System.arraycopy(file, 20, stray, 23, file.length - 20);
    ImageDecoder.Picture picture = DECODER.picture(stray, name);
    assertEquals(1, picture.notes().size());
    assertTrue(picture.notes().get(0).startsWith("stray bytes: "), picture.notes().get(0));
    assertArrayEquals(image(name).samples(), picture.image().samples());
  }

  @Test
  void aFrameLiesOnItsScreen() throws IOException {
    Image image = image("gifoff/images/s1.gif");
    assertEquals(30, image.height());
    assertEquals(40, image.width());
  }

  @Test
  void profilesChangeNoSample() throws IOException {
    for (String name : new String[] {"adobergb.png", "adobergb.jpg"}) {
      Image image = image(name);
      assertEquals(40, image.sample(0, 0), 1, name);
      assertEquals(200, image.sample(1, 0), 1, name);
      assertEquals(60, image.sample(2, 0), 1, name);
    }
  }

  @Test
  void bombsAreRefusedAtOnce() throws IOException {
    assertEquals(Kind.UNREADABLE, refused("subifd_deep.tif").kind());
    RecordException e =
        assertTimeoutPreemptively(Duration.ofSeconds(2), () -> refused("prog_scans_small.jpg"));
    assertEquals(
        "prog_scans_small.jpg: expected at most 100 scans in a JPEG, found 1010", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "m_void, '\"ignore\": [255, [0, 0, 0]]'",
    "m_void_voc, '\"ignore\": [255, [224, 224, 192]]'",
    "m_rgba_void, '\"ignore\": [255, \"transparent\"]'",
  })
  void voidsMayBeNamed(String folder, String ignore) throws IOException {
    byte[] mask = file(folder + "/masks/s0.png");
    RecordException e =
        assertThrows(RecordException.class, () -> DECODER.mask(mask, labels(folder), "m"));
    assertEquals(Kind.UNKNOWN_LABEL, e.kind());
    LabelMap map = DECODER.mask(mask, ignoring(folder, ignore), "m");
    assertEquals(LabelMap.IGNORE, map.label(0));
    assertTrue(map.labelled() > 0 && map.labelled() < map.labels().length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"la_png/images/s1.png", "gray_trns/images/s2.png"})
  void grayWithTransparencyBecomesThreeEqualChannels(String name) throws IOException {
    Image image = image(name);
    assertEquals(2, image.channels());
    Image rgb = image.toRgb();
    assertEquals(3, rgb.channels());
    for (int c = 0; c < 3; c++) {
      byte[] plane =
          java.util.Arrays.copyOfRange(rgb.samples(), c * image.pixels(), (c + 1) * image.pixels());
      assertArrayEquals(java.util.Arrays.copyOf(image.samples(), image.pixels()), plane);
    }
  }
}
