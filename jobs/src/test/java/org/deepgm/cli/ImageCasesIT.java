package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deepgm.image.Image;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.samples.Commands;
import org.deepgm.samples.RealData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures and masks that failed once, by the commands that a user types, where they are. */
class ImageCasesIT {
  private static final String[] SMALL = {
    "--set", "scorer.features=color", "--set", "training.steps=2", "--set", "training.batch=2"
  };

  @TempDir static Path shared;
  @TempDir Path work;

  @BeforeAll
  static void local() {
    Commands.local();
  }

  private static Commands.Outcome run(List<String> words) {
    return Commands.run(Main::run, words);
  }

  private static List<String> folders(Path set) {
    return List.of(
        "--images", set.resolve("images").toString(),
        "--masks", set.resolve("masks").toString(),
        "--labels", set.resolve("labels.json").toString());
  }

  private Commands.Outcome train(Path set, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--model", work + "/m", "--overwrite"));
    words.addAll(folders(set));
    words.addAll(List.of(SMALL));
    words.addAll(List.of(more));
    return run(words);
  }

  private static Path set(String name) {
    return RealData.cases("images").resolve(name);
  }

  /** A model that labels pictures of three channels. */
  private static String model() {
    Path model = shared.resolve("model");
    if (!Files.exists(model)) {
      List<String> words = new ArrayList<>(List.of("train", "--model", model.toString()));
      words.addAll(folders(set("exif3")));
      words.addAll(List.of(SMALL));
      assertEquals(0, run(words).code());
    }
    return model.toString();
  }

  private Commands.Outcome predict(Path images, String... more) {
    List<String> words =
        new ArrayList<>(List.of("predict", "--model", model(), "--images", images.toString()));
    words.addAll(List.of("--output", work + "/masks"));
    words.addAll(List.of(more));
    return run(words);
  }

  private Path folder(String... files) throws IOException {
    Path folder = Files.createDirectories(work.resolve("some"));
    for (String file : files) {
      Files.copy(set(file), folder.resolve(Path.of(file).getFileName()));
    }
    return folder;
  }

  @ParameterizedTest
  @CsvSource({
    "bands, 4 training images",
    "exif3, 4 training images",
    "exif6, 4 training images",
    "m_miniswhite, 4 training images",
    "extraneous, 4 training images",
  })
  void whatIsWholeIsTrainedOn(String name, String message) {
    Commands.Outcome outcome = train(set(name));
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains(message), outcome.out());
  }

  @Test
  void allBandsOfAPlanarTiffAreSeenByADryRun() {
    Commands.Outcome outcome = train(set("bands"), "--dry-run");
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("6 channels, the largest image"), outcome.out());
    assertFalse(Files.exists(work.resolve("m")));
  }

  /** Advice is given, and works: converted, or left out. */
  @ParameterizedTest
  @CsvSource({"la_png, 3", "gray_trns, 3", "bits_mixed, 3", "palflip, 3"})
  void adviceThatIsGivenWorks(String name, int left) {
    Commands.Outcome first = train(set(name));
    assertEquals(2, first.code());
    assertTrue(first.err().contains("--channels rgb converts all"), first.err());
    assertTrue(first.err().contains("--bad-records skip"), first.err());
    assertEquals(1, first.err().strip().lines().count(), first.err());
    Commands.Outcome converted = train(set(name), "--channels", "rgb");
    assertEquals(0, converted.code(), converted.err());
    assertTrue(converted.out().contains("4 training images"), converted.out());
    Commands.Outcome skipped = train(set(name), "--bad-records", "skip");
    assertEquals(0, skipped.code(), skipped.err());
    assertTrue(
        skipped.out().contains(left + " training images") && skipped.out().contains("left out 1"),
        skipped.out());
  }

  @Test
  void aSetWithoutALabelledPixelIsRefusedAndLeavesNoModel() {
    for (String[] more : new String[][] {{}, {"--dry-run"}}) {
      Commands.Outcome outcome = train(set("allignored"), more);
      assertEquals(2, outcome.code());
      assertTrue(outcome.err().contains("every pixel is ignored"), outcome.err());
      assertFalse(Files.exists(work.resolve("m/model.json")));
    }
    Commands.Outcome outcome =
        train(
            set("exif3"),
            "--validation-images",
            set("allignored/images").toString(),
            "--validation-masks",
            set("allignored/masks").toString());
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("labelled pixels to validate on"), outcome.err());
  }

  @ParameterizedTest
  @CsvSource({
    "m_void, '[255, [0, 0, 0]]'",
    "m_void_voc, '[255, [224, 224, 192]]'",
    "m_rgba_void, '[255, \"transparent\"]'"
  })
  void voidsAreNamedInTheLabelSet(String name, String ignore) throws IOException {
    Commands.Outcome refused = train(set(name));
    assertEquals(2, refused.code());
    assertTrue(refused.err().contains("in \"ignore\" of labels.json"), refused.err());
    Path labels = work.resolve("labels.json");
    String json = Files.readString(set(name).resolve("labels.json"));
    Files.writeString(labels, json.replace("\"ignore\": 255", "\"ignore\": " + ignore));
    List<String> words = new ArrayList<>(List.of("train", "--model", work + "/m"));
    words.addAll(folders(set(name)).subList(0, 4));
    words.addAll(List.of("--labels", labels.toString()));
    words.addAll(List.of(SMALL));
    Commands.Outcome outcome = run(words);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("4 training images"), outcome.out());
  }

  @Test
  void everyPictureInAFolderIsLabelledAndTheRestIsNamed() throws IOException {
    Path folder = folder();
    try (Stream<Path> files = Files.list(set("ext/images"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("notes.txt"), "no picture");
    Files.writeString(folder.resolve(".hidden"), "");
    Commands.Outcome outcome = predict(folder);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("labelled 6 images"), outcome.out());
    assertTrue(outcome.out().contains("passed over 2 (hidden 1, no pictures 1)"), outcome.out());
    for (String name : List.of("noext", "s0", "s1", "s2", "s3", "s5")) {
      assertTrue(Files.exists(work.resolve("masks/" + name + ".png")), name);
    }
  }

  @Test
  void whatCannotBeReadIsABadRecordWithItsReason() throws IOException {
    Path folder =
        folder(
            "subifd_deep.tif",
            "prog_scans_small.jpg",
            "zstd/images/s1.tif",
            "adobergb.png",
            "gdal/c3_LERC_p1_BAND.tif",
            "gdal/sparse.tif");
    Commands.Outcome outcome = predict(folder);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("labelled 2 images"), outcome.out());
    String bad = Files.readString(work.resolve("masks/_chunks/bad-records.jsonl"));
    assertEquals(4, bad.lines().count(), bad);
    assertTrue(bad.contains("compression ZSTD is not supported"), bad);
    assertTrue(bad.contains("compression LERC is not supported"), bad);
    assertTrue(bad.contains("at most 100 scans"), bad);
  }

  /** The mask of a picture that was taken sideways lies as the picture is shown. */
  @Test
  void masksLieAsPicturesAreShown() throws IOException {
    assertEquals(0, predict(set("exif6/images")).code());
    ImageDecoder decoder = new ImageDecoder(1 << 20);
    Path mask = work.resolve("masks/s0.png");
    Image found = decoder.values(Files.readAllBytes(mask), "mask");
    assertEquals(24, found.height());
    assertEquals(32, found.width());
  }

  @Test
  void aRepairedPictureIsLabelledAgain() throws IOException {
    Path folder = folder("adobergb.png", "exif3/images/s0.jpg", "ext/images/s3.JPG");
    Files.write(folder.resolve("broken.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 1});
    assertTrue(predict(folder).out().contains("left out 1"));
    Commands.Outcome again = predict(folder);
    assertTrue(again.out().contains("done before"), again.out());
    Files.copy(
        set("adobergb.png"),
        folder.resolve("broken.png"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Commands.Outcome repaired = predict(folder);
    assertEquals(0, repaired.code(), repaired.err());
    assertTrue(repaired.out().contains("1 changed since they were labelled"), repaired.out());
    assertTrue(repaired.out().contains("labelled 4 images"), repaired.out());
    assertArrayEquals(
        Files.readAllBytes(work.resolve("masks/adobergb.png")),
        Files.readAllBytes(work.resolve("masks/broken.png")));
  }

  @Test
  void oddNamesAreWrittenOrAreBadRecords() throws IOException {
    Path folder = folder();
    byte[] picture = Files.readAllBytes(set("adobergb.png"));
    String long245 = "x".repeat(245);
    for (String name :
        List.of(
            "a:b.png",
            long245 + ".png",
            "x".repeat(252) + ".pn",
            "Zu\u0308rich.png",
            "a b%20[1].png")) {
      Files.write(folder.resolve(name), picture);
    }
    Commands.Outcome outcome = predict(folder);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("labelled 4 images"), outcome.out());
    assertTrue(outcome.out().contains("left out 1 (bad-name 1)"), outcome.out());
    for (String name : List.of("a:b", long245, "Z\u00fcrich", "a b%20[1]")) {
      assertTrue(Files.exists(work.resolve("masks").resolve(name + ".png")), name);
    }
  }

  @Test
  void parquetHoldsTheIdsOfTheLabelSet() throws IOException {
    Path set = work.resolve("ids");
    Files.createDirectories(set.resolve("images"));
    Files.createDirectories(set.resolve("masks"));
    int[] ids = {7, 300, 9};
    LabelSet labels =
        new LabelSet(
            "ids",
            List.of(
                new LabelSet.LabelClass(7, "a", 1),
                new LabelSet.LabelClass(300, "b", 2),
                new LabelSet.LabelClass(9, "c", 3)),
            LabelSet.Ignored.NONE);
    ImageDecoder decoder = new ImageDecoder(1 << 20);
    byte[] indices = decoder.values(Files.readAllBytes(set("exif3/masks/s0.png")), "m").samples();
    Files.copy(set("exif3/images/s0.jpg"), set.resolve("images/s0.jpg"));
    byte[] masks = ImageEncoder.mask(new LabelMap(24, 32, indices), labels);
    Files.write(set.resolve("masks/s0.png"), masks);
    Files.write(set.resolve("labels.json"), labels.toJson());
    Commands.Outcome trained = train(set);
    assertEquals(0, trained.code(), trained.err());
    List<String> words =
        new ArrayList<>(
            List.of("predict", "--model", work + "/m", "--images", set + "/images", "--output"));
    List<String> parquet = new ArrayList<>(words);
    parquet.addAll(List.of(work + "/table", "--format", "parquet"));
    Commands.Outcome outcome = run(parquet);
    assertEquals(0, outcome.code(), outcome.err());
    words.add(work + "/png");
    assertEquals(0, run(words).code());
    Image png = decoder.values(Files.readAllBytes(work.resolve("png/s0.png")), "mask");
    assertEquals(16, png.bits());
    try (var spark = org.apache.spark.sql.SparkSession.builder().getOrCreate()) {
      var row = spark.read().parquet(work + "/table/chunk=00000").first();
      assertEquals(16, row.<Integer>getAs("bits"));
      byte[] mask = row.getAs("mask");
      for (int i = 0; i < png.pixels(); i++) {
        int id = (mask[2 * i] & 0xFF) << 8 | mask[2 * i + 1] & 0xFF;
        assertEquals(png.sample(0, i), id);
        assertTrue(Arrays.stream(ids).anyMatch(known -> known == id));
      }
    }
  }
}
