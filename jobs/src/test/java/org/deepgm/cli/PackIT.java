package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.OutputLock;
import org.deepgm.dataset.Storage;
import org.deepgm.demo.Scenes;
import org.deepgm.image.Image;
import org.deepgm.image.ImageEncoder;
import org.deepgm.model.ModelFiles;
import org.deepgm.samples.Commands;
import org.deepgm.samples.Commands.Outcome;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packing: alone in its folder, whole or not there, and the same again. */
class PackIT {
  @TempDir static Path data;
  @TempDir Path work;

  @BeforeAll
  static void make() throws IOException {
    Commands.local();
    Files.write(data.resolve("labels.json"), Scenes.labels().toJson());
    for (String folder : List.of("images", "masks")) {
      Files.createDirectories(data.resolve(folder));
    }
    for (int i = 0; i < 5; i++) {
      Example scene = Scenes.scene("s" + i, 4, 20, 24);
      Files.write(data.resolve("images/s" + i + ".png"), ImageEncoder.image(scene.image()));
      byte[] mask = ImageEncoder.mask(scene.labels(), Scenes.labels());
      Files.write(data.resolve("masks/s" + i + ".png"), mask);
    }
  }

  private Outcome pack(int code, Path output, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("pack", "--images", data + "/images", "--masks", data + "/masks", "--labels"));
    words.addAll(List.of(data + "/labels.json", "--output", output.toString()));
    words.addAll(List.of(more));
    Outcome outcome = Commands.run(Main::run, words);
    assertEquals(code, outcome.code(), outcome.out() + outcome.err());
    if (code == 2) {
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    }
    return outcome;
  }

  @Test
  void aSecondRunInTheSameFolderIsRefused() {
    Path shards = work.resolve("shards");
    Storage storage = new Storage(new Configuration());
    try (OutputLock lock = OutputLock.take(storage, shards + "/_packing", text -> {})) {
      lock.check();
      Outcome second = pack(2, shards);
      assertTrue(second.err().contains("found another run at work in it"), second.err());
      assertFalse(Files.exists(shards.resolve("_SUCCESS")));
    }
  }

  @Test
  void sparksOwnReaderReadsShards() {
    Path shards = work.resolve("plain-shards");
    pack(0, shards);
    SparkSession spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    try {
      Dataset<Row> rows = spark.read().parquet(shards.toString());
      assertEquals(
          List.of("s0", "s1"),
          rows.sort("id").limit(2).map(id(), Encoders.STRING()).collectAsList());
    } finally {
      spark.stop();
    }
  }

  private static MapFunction<Row, String> id() {
    return row -> row.getString(0);
  }

  @Test
  void whatAKilledRunLeftIsDoneAgainByTheSameCommand() throws IOException {
    Path shards = work.resolve("shards");
    Files.createDirectories(shards.resolve("_packing"));
    Files.createFile(shards.resolve("_packing/_begun"));
    Files.write(shards.resolve("part-00000-x.zstd.parquet"), new byte[100]);
    String[] train = {"train", "--data", shards.toString(), "--model", work + "/m"};
    Outcome early = Commands.run(Main::run, List.of(train));
    assertEquals(2, early.code());
    pack(0, shards);
    assertFalse(Files.exists(shards.resolve("_packing")));
    assertFalse(Files.exists(shards.resolve("part-00000-x.zstd.parquet")));
    assertTrue(Files.exists(shards.resolve("_SUCCESS")));
    Outcome again = pack(2, shards);
    assertTrue(again.err().contains("--overwrite replaces them"), again.err());
    pack(0, shards, "--overwrite");
  }

  @Test
  void anOutputThatCannotBeWrittenIsSaidBeforeImagesAreRead() throws IOException {
    Files.writeString(work.resolve("file"), "x");
    Outcome outcome = pack(2, work.resolve("file/shards"));
    assertTrue(outcome.err().contains("file/shards"), outcome.err());
    assertFalse(outcome.out().contains("packed"), outcome.out());
  }

  /** What was there stays whole when packing over it fails. */
  @Test
  void aFailedOverwriteLosesNothing() throws IOException {
    Path shards = work.resolve("shards");
    pack(0, shards);
    Path mask = data.resolve("masks/s4.png");
    byte[] whole = Files.readAllBytes(mask);
    Files.write(mask, new byte[] {1});
    try {
      pack(2, shards, "--overwrite");
      assertTrue(Files.exists(shards.resolve("_SUCCESS")));
      assertFalse(Files.exists(shards.resolve("_packing")));
    } finally {
      Files.write(mask, whole);
    }
  }

  @Test
  void sequencesFromShardsTrainToTheBytesOfTheirText() throws IOException {
    Files.writeString(work.resolve("a.txt"), "the B\ncat I\n\nruns O\nfast O\n\n");
    String[] settings = {
      "task=tagging",
      "tagging.columns=[word,label]",
      "tagging.templates=[\"word[0]\"]",
      "tagging.rows=64",
    };
    String[] training = {
      "training.optimizer=adagrad", "training.steps=3", "training.batch=2", "training.warmup=0"
    };
    List<String> sets = new ArrayList<>();
    List.of(settings).forEach(s -> sets.addAll(List.of("--set", s)));
    List<String> pack = new ArrayList<>(List.of("pack", "--data", work + "/a.txt"));
    pack.addAll(List.of("--output", work + "/shards"));
    pack.addAll(sets);
    Outcome packed = Commands.run(Main::run, pack);
    assertEquals(0, packed.code(), packed.err());
    assertTrue(packed.out().contains("packed 2 sequences"), packed.out());
    List.of(training).forEach(s -> sets.addAll(List.of("--set", s)));
    for (String from : List.of("a.txt", "shards")) {
      List<String> train =
          new ArrayList<>(List.of("train", "--data", work + "/" + from, "--model"));
      train.add(work + "/m-" + from);
      train.addAll(sets);
      Outcome trained = Commands.run(Main::run, train);
      assertEquals(0, trained.code(), trained.err());
    }
    assertArrayEquals(
        Files.readAllBytes(work.resolve("m-a.txt/parameters.bin")),
        Files.readAllBytes(work.resolve("m-shards/parameters.bin")));
    Outcome other =
        Commands.run(
            Main::run,
            List.of(
                "train",
                "--set",
                "task=tagging",
                "--set",
                "training.optimizer=adagrad",
                "--data",
                work + "/shards",
                "--model",
                work + "/x"));
    assertEquals(2, other.code());
    assertTrue(other.err().contains("sequences.json: expected version 1"), other.err());
  }

  private byte[] parameters(String name, String... data) throws IOException {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(List.of(data));
    words.addAll(List.of("--model", work + "/" + name, "--set", "training.steps=3"));
    words.addAll(List.of("--set", "training.batch=2", "--set", "scorer.features=color"));
    Outcome trained = Commands.run(Main::run, words);
    assertEquals(0, trained.code(), trained.err());
    return Files.readAllBytes(work.resolve(name + "/parameters.bin"));
  }

  /** Some of the scenes by links, as a set of its own. */
  private Path some(String name, int... which) throws IOException {
    Path folder = work.resolve(name);
    for (String kind : List.of("images", "masks")) {
      Files.createDirectories(folder.resolve(kind));
      for (int i : which) {
        String file = kind + "/s" + i + ".png";
        Files.createSymbolicLink(folder.resolve(file), data.resolve(file));
      }
    }
    return folder;
  }

  private Outcome packSome(int code, Path from, Path output, String... more) {
    List<String> words = new ArrayList<>(List.of("pack", "--images", from + "/images"));
    words.addAll(List.of("--masks", from + "/masks", "--labels", data + "/labels.json"));
    words.addAll(List.of("--output", output.toString()));
    words.addAll(List.of(more));
    Outcome outcome = Commands.run(Main::run, words);
    assertEquals(code, outcome.code(), outcome.out() + outcome.err());
    return outcome;
  }

  @Test
  void shardsThatGrewTrainToTheBytesOfOnePackOfEverything() throws IOException {
    Path grown = work.resolve("grown");
    packSome(0, some("first", 1, 4), grown);
    packSome(0, some("second", 0, 2), grown, "--append");
    packSome(0, some("third", 3), grown, "--append");
    byte[] expected =
        parameters(
            "m-folders",
            "--images",
            data + "/images",
            "--masks",
            data + "/masks",
            "--labels",
            data + "/labels.json");
    for (int partitions : new int[] {1, 2, 4}) {
      byte[] found =
          parameters(
              "m-grown-" + partitions,
              "--data",
              grown.toString(),
              "--set",
              "training.partitions=" + partitions);
      assertArrayEquals(expected, found, partitions + " partitions");
    }
    Outcome predicted =
        Commands.run(
            Main::run,
            List.of(
                "predict",
                "--data",
                grown.toString(),
                "--model",
                work + "/m-folders",
                "--output",
                work + "/labelled",
                "--set",
                "predict.chunk=2"));
    assertEquals(0, predicted.code(), predicted.err());
    for (int i = 0; i < 5; i++) {
      assertTrue(Files.exists(work.resolve("labelled/s" + i + ".png")), "s" + i);
    }
  }

  @Test
  void anIdThatIsThereIsNotPackedAgain() throws IOException {
    Path shards = work.resolve("shards");
    packSome(0, some("first", 0, 1), shards);
    List<Path> before = files(shards);
    Outcome again = packSome(2, some("second", 1, 2), shards, "--append");
    assertTrue(again.err().contains("found s1 again"), again.err());
    assertEquals(before, files(shards), "nothing was added");
    Outcome none = packSome(2, work.resolve("second"), work.resolve("none"), "--append");
    assertTrue(none.err().contains("expected shards to add to"), none.err());
  }

  /** A killed append leaves what was there as it was, and files that the next one deletes. */
  @Test
  void whatAKilledAppendLeftIsPassedOverAndDeleted() throws IOException {
    Path shards = work.resolve("shards");
    packSome(0, some("first", 0, 1), shards);
    byte[] before = parameters("m-before", "--data", shards.toString());
    Path begun = Files.createDirectories(shards.resolve("_packing")).resolve("_begun");
    Files.createFile(begun);
    Path left = shards.resolve("part-01-00000-8b069ea1b800819-0-0-0000.zstd.parquet");
    Files.write(left, new byte[100]);
    assertArrayEquals(before, parameters("m-beside", "--data", shards.toString()));
    packSome(2, work.resolve("first"), shards);
    packSome(0, some("second", 2, 3, 4), shards, "--append");
    assertFalse(Files.exists(left));
    assertFalse(Files.exists(shards.resolve("_packing")));
    byte[] whole =
        parameters(
            "m-folders",
            "--images",
            data + "/images",
            "--masks",
            data + "/masks",
            "--labels",
            data + "/labels.json");
    assertArrayEquals(whole, parameters("m-after", "--data", shards.toString()));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> !f.getFileName().toString().startsWith(".")).sorted().toList();
    }
  }

  /**
   * One record of another kind lies in a file of its own until it is known that it is the odd one.
   */
  @Test
  void imagesOfOtherChannelsThanMostAreLeftOut() throws IOException {
    Path mixed = some("mixed", 0, 1, 2);
    Path gray = mixed.resolve("images/s1.png");
    Files.delete(gray);
    Example scene = Scenes.scene("s1", 4, 20, 24);
    Image image = scene.image();
    byte[] samples = java.util.Arrays.copyOf(image.samples(), image.pixels());
    Files.write(gray, ImageEncoder.image(new Image(image.height(), image.width(), 1, 8, samples)));
    Path shards = work.resolve("shards");
    Outcome failed = packSome(2, mixed, shards);
    assertTrue(
        failed.err().contains("s1: expected 3 channels of 8 bits as in most images"), failed.err());
    assertFalse(Files.exists(shards), "nothing half-written stays");
    Outcome skipped = packSome(0, mixed, shards, "--bad-records", "skip");
    assertTrue(skipped.out().contains("packed 2 images"), skipped.out());
    assertEquals(1, files(shards).stream().filter(f -> f.toString().endsWith(".parquet")).count());
    String listed = Files.readString(work.resolve("shards.bad/bad-records.jsonl"));
    assertTrue(listed.contains("channel-mismatch") && listed.contains("s1"), listed);
  }

  @Test
  void damageToShardsIsNamedAndNeverTrainedOn() throws IOException {
    Path shards = work.resolve("shards");
    pack(0, shards);
    Path file =
        files(shards).stream()
            .filter(f -> f.toString().endsWith(".parquet"))
            .findFirst()
            .orElseThrow();
    byte[] whole = Files.readAllBytes(file);
    // Hadoop's own checksum beside a local file would find it first; other file systems have none.
    Files.deleteIfExists(shards.resolve("." + file.getFileName() + ".crc"));
    byte[] flipped = whole.clone();
    flipped[whole.length / 3] ^= 4;
    Files.write(file, flipped);
    refused(shards, file.getFileName() + " cannot be read");
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 1));
    refused(shards, "expected " + whole.length + " bytes");
    Files.delete(file);
    refused(shards, "found no such file");
    Files.write(file, whole);
    Files.write(shards.resolve("more.parquet"), whole);
    refused(shards, "more.parquet: expected shards that _shards.json names");
    Files.delete(shards.resolve("more.parquet"));
    parameters("m", "--data", shards.toString());
  }

  private void refused(Path shards, String why) {
    Outcome outcome =
        Commands.run(
            Main::run, List.of("train", "--data", shards.toString(), "--model", work + "/never"));
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains(why), outcome.err());
    assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    assertFalse(Files.exists(work.resolve("never/model.json")));
  }

  private String train(Path shards, Path store, String model, int partitions, String... more)
      throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                shards.toString(),
                "--model",
                work + "/" + model,
                "--set",
                "training.steps=4",
                "--set",
                "training.batch=2",
                "--set",
                "data.memory=0",
                "--set",
                "training.partitions=" + partitions,
                "--set",
                "data.local-store=\"" + (store == null ? "" : store) + "\""));
    words.addAll(List.of(more));
    Outcome outcome = Commands.run(Main::run, words);
    assertEquals(0, outcome.code(), outcome.out() + outcome.err());
    return outcome.out();
  }

  private void same(String model) throws IOException {
    same("first", model);
  }

  private void same(String first, String model) throws IOException {
    for (String file : List.of("parameters.bin", "model.json")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve(first + "/" + file)),
          Files.readAllBytes(work.resolve(model + "/" + file)),
          model + "/" + file);
    }
  }

  private static List<Path> files(Path folder, String pattern) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.getFileName().toString().matches(pattern)).sorted().toList();
    }
  }

  private static void flip(Path file, int at) throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 8;
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, time);
  }

  /** A later run reads what an earlier one kept, and what is damaged of it from the shards. */
  @Test
  void examplesThatWereKeptAreNotReadAgain() throws IOException {
    Path shards = work.resolve("shards");
    Path store = work.resolve("store");
    pack(0, shards);
    train(shards, null, "first", 2);
    train(shards, store, "kept", 2);
    same("kept");
    List<Path> kept = files(store, ".*-[01]-of-2\\.store");
    assertEquals(2, kept.size(), files(store, ".*").toString());
    assertEquals(3, files(store, ".*").size(), "and what inputs are standardised by");
    // A damaged element is found by its checksum; its partition alone is read again.
    FileTime other = Files.getLastModifiedTime(kept.get(1));
    flip(kept.get(0), 700);
    String told = train(shards, store, "repaired", 2);
    assertTrue(told.contains("damaged; reading those of partition 0 again"), told);
    same("repaired");
    assertEquals(other, Files.getLastModifiedTime(kept.get(1)));
    // Nothing of the shards is read: they are damaged, and nobody sees it.
    Path shard = files(shards, ".*\\.parquet").get(0);
    flip(shard, 2000);
    train(shards, store, "again", 2);
    same("again");
    // Where they are read, it is seen.
    Outcome cold =
        Commands.run(
            Main::run, List.of("train", "--data", shards.toString(), "--model", work + "/cold"));
    assertEquals(2, cold.code(), cold.out() + cold.err());
    flip(shard, 2000);
    train(shards, store, "three", 3);
    same("three");
    // Shards that were written anew are other ones.
    pack(0, shards, "--overwrite");
    train(shards, store, "packed", 2);
    same("packed");
    assertEquals(4, files(store, ".*-[01]-of-2\\.store").size());
  }

  /** Statistics of the inputs lie beside the shards, for every machine's runs. */
  @Test
  void whatIsFoundOfShardsIsKeptWithThem() throws IOException {
    Path shards = work.resolve("shards");
    pack(0, shards);
    String found = "_found-[0-9a-f]{24}\\.json";
    train(shards, null, "off", 2, "--set", "data.findings=false");
    Outcome dry =
        Commands.run(
            Main::run,
            List.of("train", "--data", shards + "", "--model", work + "/dry", "--dry-run"));
    assertEquals(0, dry.code(), dry.out() + dry.err());
    assertEquals(List.of(), files(shards, found));
    train(shards, null, "first", 2);
    List<Path> kept = files(shards, found);
    assertEquals(1, kept.size());
    same("off", "first");
    // That it is read shows when it says something else.
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = (ObjectNode) mapper.readTree(Files.readAllBytes(kept.get(0)));
    ObjectNode tables = (ObjectNode) root.get("found");
    tables.withArray("mean").set(0, mapper.getNodeFactory().numberNode(1.5));
    byte[] good = Files.readAllBytes(kept.get(0));
    Files.write(kept.get(0), mapper.writeValueAsBytes(root));
    train(shards, null, "altered", 2);
    same("first", "altered");
    assertArrayEquals(good, Files.readAllBytes(kept.get(0)), "written anew");
    root.put("sha256", ModelFiles.sha256(mapper.writeValueAsBytes(tables)));
    Files.write(kept.get(0), mapper.writeValueAsBytes(root));
    train(shards, null, "other", 3);
    byte[] other = Files.readAllBytes(work.resolve("other/model.json"));
    assertEquals(1.5, mapper.readTree(other).at("/description/mean/0").asDouble());
    Files.write(kept.get(0), good);
    // Layers are none of what it depends on, features are.
    train(shards, null, "layers", 2, "--set", "field.offsets=[]");
    assertEquals(kept, files(shards, found));
    train(shards, null, "color", 2, "--set", "scorer.features=color");
    assertEquals(2, files(shards, found).size());
    // They are of these records, and go with them.
    pack(0, shards, "--overwrite");
    assertEquals(List.of(), files(shards, found));
  }

  /** What validations read is repaired as what steps read is. */
  @Test
  void damageIsRepairedOutsideOfSteps() throws IOException {
    Path shards = work.resolve("shards");
    Path apart = work.resolve("apart");
    Path store = work.resolve("store");
    pack(0, shards);
    pack(0, apart);
    train(shards, store, "first", 2);
    List<Path> own = files(store, ".*-of-2\\.store");
    String[] validation = {"--validation-data", apart.toString()};
    train(shards, store, "validated", 2, validation);
    List<Path> others = new ArrayList<>(files(store, ".*-of-2\\.store"));
    others.removeAll(own);
    assertEquals(2, others.size());
    flip(others.get(1), 600);
    String told = train(shards, store, "again", 2, validation);
    assertTrue(told.contains("damaged; reading those of partition 1 again"), told);
    same("validated", "again");
    // Inputs of another scorer are learned anew, from what is kept.
    flip(own.get(0), 600);
    String[] color = {"--set", "scorer.features=color"};
    told = train(shards, store, "color", 2, color);
    assertTrue(told.contains("damaged; reading those of partition 0 again"), told);
    train(shards, null, "color-anew", 2, color);
    same("color-anew", "color");
  }
}
