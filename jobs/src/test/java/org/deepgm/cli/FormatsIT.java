package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.deepgm.model.ModelFiles;
import org.deepgm.samples.Commands;
import org.deepgm.samples.Commands.Outcome;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that earlier versions wrote - shards, a checkpoint, a model, marks of chunks - are read,
 * and lead to the bytes that they led to. Those of version 0 are of before shards had a version.
 */
class FormatsIT {
  private static final String[] SMALL = {
    "scorer.features=color",
    "scorer.position=false",
    "field.offsets=[[0,1],[1,0]]",
    "field.sweeps=3",
    "training.batch=2",
    "training.warmup=0",
    "training.checkpoint-every=2",
    "training.steps=4",
  };

  private static final String[] TRANSCRIPTION = {
    "task=transcription",
    "transcription.path=\"{utt}.mfc\"",
    "transcription.stride=1",
    "transcription.deltas=false",
    "training.steps=2",
    "training.batch=2",
    "training.warmup=0",
  };

  private static final String[] PARSING = {
    "task=parsing",
    "parsing.rows=64",
    "parsing.embedding=4",
    "parsing.span-channels=4",
    "training.steps=2",
    "training.batch=2",
    "training.warmup=0",
  };

  /** What the version that wrote the files trained from them: SHA-256 of the parameters. */
  private static final String FIELD =
      "a2816bd55e39352e137c9653dac1b037a68ca1395006058abff808013e916fd1";

  /** Since charts are in single precision; no parameter moved by more than 1e-8 with that. */
  private static final String PARSER =
      "fe2e6910dc704bc85fcae1118b4f693f1fe043a2584e0f416e428c5cdd228a19";

  private static final String TRANSCRIBER =
      "5213fbac4e2eed843bed657d12ab00699b37bb7c3b5f814a120aac45da5aaafc";

  @TempDir Path work;
  private Path old;

  @BeforeAll
  static void local() {
    Commands.local();
  }

  /** A copy: commands look at times, and may write beside what they read. */
  @BeforeEach
  void copy() throws IOException, URISyntaxException {
    old = work.resolve("v0");
    Path from = Path.of(FormatsIT.class.getResource("/golden/v0").toURI());
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, old.resolve(from.relativize(file).toString()));
      }
    }
  }

  private Outcome run(String[] settings, Object... words) {
    List<String> all = new ArrayList<>();
    for (Object word : words) {
      all.add(word.toString());
    }
    for (String set : settings) {
      all.addAll(List.of("--set", set));
    }
    Outcome outcome = Commands.run(Main::run, all);
    assertEquals(0, outcome.code(), outcome.out() + outcome.err());
    return outcome;
  }

  private Outcome field(String model) {
    return run(
        SMALL,
        "train",
        "--data",
        old + "/images-v0",
        "--validation-images",
        old + "/images",
        "--validation-masks",
        old + "/masks",
        "--model",
        work.resolve(model));
  }

  private String parameters(String model) throws IOException {
    return ModelFiles.sha256(Files.readAllBytes(work.resolve(model).resolve("parameters.bin")));
  }

  @Test
  void imagesOfVersionZeroTrainToTheirBytes() throws IOException {
    field("m");
    assertEquals(FIELD, parameters("m"));
    assertEquals(FIELD, ModelFiles.sha256(Files.readAllBytes(old.resolve("model/parameters.bin"))));
  }

  @Test
  void aCheckpointOfVersionZeroIsResumed() throws IOException {
    Files.createDirectories(work.resolve("m.run"));
    Files.move(old.resolve("checkpoint"), work.resolve("m.run/checkpoints"));
    Outcome outcome = field("m");
    assertTrue(outcome.out().contains("resuming after step 2 of 4"), outcome.out());
    assertEquals(FIELD, parameters("m"));
  }

  @Test
  void treesAndUtterancesOfVersionZeroTrainToTheirBytes() throws IOException {
    run(PARSING, "train", "--data", old + "/trees-v0", "--model", work + "/p");
    assertEquals(PARSER, parameters("p"));
    run(TRANSCRIPTION, "train", "--data", old + "/utterances-v0", "--model", work + "/t");
    assertEquals(TRANSCRIBER, parameters("t"));
  }

  /** A chunk that was done with the same model and options goes on to be known by its mark. */
  @Test
  void marksOfVersionOneAreOfTheSameModelAndOptions() throws IOException {
    run(
        new String[] {"predict.chunk=2"},
        "predict",
        "--images",
        old + "/images",
        "--model",
        old + "/model",
        "--output",
        work + "/out");
    for (String chunk : List.of("chunk-00000.json", "chunk-00001.json")) {
      ObjectMapper mapper = new ObjectMapper();
      Map<?, ?> before = mapper.readValue(old.resolve("marks/" + chunk).toFile(), TreeMap.class);
      Map<?, ?> now =
          mapper.readValue(work.resolve("out/_chunks/" + chunk).toFile(), TreeMap.class);
      assertEquals(before.keySet(), now.keySet());
      for (String key : List.of("version", "first", "last", "count", "options", "bad")) {
        assertEquals(before.get(key), now.get(key), key);
      }
    }
  }

  /** What is packed today says its version, and trains to the same bytes. */
  @Test
  void todaysShardsSayTheirVersion() throws IOException {
    run(
        new String[0],
        "pack",
        "--images",
        old + "/images",
        "--masks",
        old + "/masks",
        "--labels",
        old + "/images-v0/labels.json",
        "--output",
        work + "/shards");
    assertEquals("{\"version\": 1}\n", Files.readString(work.resolve("shards/_images.json")));
    Files.move(old.resolve("images-v0"), work.resolve("v0-shards"));
    Files.move(work.resolve("shards"), old.resolve("images-v0"));
    // The labels of what is validated on.
    Files.copy(work.resolve("v0-shards/labels.json"), old.resolve("images-v0/labels.json"));
    field("m");
    assertEquals(FIELD, parameters("m"));
    Files.writeString(old.resolve("images-v0/_images.json"), "{\"version\": 2}");
    Outcome later =
        Commands.run(
            Main::run,
            List.of(
                "predict",
                "--data",
                old + "/images-v0",
                "--model",
                work + "/m",
                "--output",
                work + "/p"));
    assertEquals(2, later.code());
    assertTrue(later.err().contains("images.json: expected version 1, found 2"), later.err());
  }
}
