package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.demo.Scenes;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.samples.Commands;
import org.deepgm.samples.Commands.Outcome;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.LabelSpread;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Masks of few labelled pixels, from which labels spread in training. */
class SpreadIT {
  @TempDir static Path work;

  /** The scenes' own classes, and an id for pixels without a label. */
  private static LabelSet labels() {
    LabelSet own = Scenes.labels();
    return new LabelSet(own.name(), own.classes(), 255);
  }

  /** Images, masks of which one pixel in 23 is labelled, and these as they are after spreading. */
  @BeforeAll
  static void make() throws IOException {
    Commands.local();
    Files.write(work.resolve("labels.json"), labels().toJson());
    for (String folder : List.of("images", "few", "more")) {
      Files.createDirectories(work.resolve(folder));
    }
    for (int i = 0; i < 5; i++) {
      Example scene = Scenes.scene("s" + i, 4, 40, 48);
      byte[] few = scene.labels().labels().clone();
      for (int p = 0; p < few.length; p++) {
        few[p] = p % 23 == 0 ? few[p] : (byte) LabelMap.IGNORE;
      }
      Example strokes = new Example("s" + i, scene.image(), new LabelMap(40, 48, few));
      Example spread = new LabelSpread(0.8).of(strokes, false);
      assertTrue(spread.labels().labelled() > 3 * strokes.labels().labelled());
      assertTrue(spread.labels().labelled() < few.length);
      Files.write(work.resolve("images/s" + i + ".png"), ImageEncoder.image(scene.image()));
      write("few", strokes);
      write("more", spread);
    }
  }

  private static void write(String folder, Example example) throws IOException {
    byte[] mask = ImageEncoder.mask(example.labels(), labels());
    Files.write(work.resolve(folder + "/" + example.id() + ".png"), mask);
  }

  private static void train(String model, String masks, String... more) {
    List<String> words = new ArrayList<>(List.of("train", "--images", work + "/images"));
    words.addAll(List.of("--masks", work + "/" + masks, "--labels", work + "/labels.json"));
    words.addAll(List.of("--model", work + "/model-" + model));
    words.addAll(List.of("--set", "training.steps=6", "--set", "training.batch=2"));
    // Both are what the labels of the set decide.
    words.addAll(List.of("--set", "training.class-cost=0.5", "--set", "scorer.texture.place=4"));
    words.addAll(List.of(more));
    Outcome outcome = Commands.run(Main::run, words);
    assertEquals(0, outcome.code(), outcome.out() + outcome.err());
  }

  private static List<JsonNode> validations(String model) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    for (String line : Files.readAllLines(work.resolve("model-" + model + ".run/metrics.jsonl"))) {
      JsonNode node = new ObjectMapper().readTree(line);
      if (node.path("event").asText().equals("validation")) {
        ((ObjectNode) node).remove("seconds");
        found.add(node);
      }
    }
    return found;
  }

  @Test
  void isTheSameAsMasksThatWereSpreadBefore() throws IOException {
    String[] apart = {"--validation-images", work + "/images", "--validation-masks", work + "/few"};
    train("before", "more", apart);
    String[] spread = Arrays.copyOf(apart, 6);
    spread[4] = "--set";
    spread[5] = "training.spread=0.8";
    train("now", "few", spread);
    train("few", "few", apart);
    byte[] expected = Files.readAllBytes(work.resolve("model-before/parameters.bin"));
    assertArrayEquals(expected, Files.readAllBytes(work.resolve("model-now/parameters.bin")));
    byte[] other = Files.readAllBytes(work.resolve("model-few/parameters.bin"));
    assertFalse(Arrays.equals(expected, other));
    // As many steps as there are are all; fewer are not, and not the same as none.
    String[] steps = Arrays.copyOf(spread, 10);
    steps[6] = "--set";
    steps[7] = "training.spread-steps=6";
    steps[8] = "--set";
    steps[9] = "training.partitions=1";
    train("six", "few", steps);
    assertArrayEquals(expected, Files.readAllBytes(work.resolve("model-six/parameters.bin")));
    steps[7] = "training.spread-steps=3";
    train("three", "few", steps);
    byte[] three = Files.readAllBytes(work.resolve("model-three/parameters.bin"));
    steps[9] = "training.partitions=3";
    train("parts", "few", steps);
    assertArrayEquals(three, Files.readAllBytes(work.resolve("model-parts/parameters.bin")));
    assertFalse(Arrays.equals(expected, three));
    assertFalse(Arrays.equals(other, three));
    // What is validated on stays as it is.
    assertFalse(validations("now").isEmpty());
    assertEquals(validations("before"), validations("now"));
  }
}
