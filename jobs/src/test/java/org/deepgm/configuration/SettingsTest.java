package org.deepgm.configuration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.deepgm.fault.InputException;
import org.deepgm.network.Architecture;
import org.deepgm.network.LayerSpec;
import org.deepgm.task.Task;
import org.deepgm.task.Tasks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The registry of keys and reference.conf say the same. */
class SettingsTest {
  private static final Config REFERENCE = Settings.reference(Tasks.all());

  private static Settings of(String... sets) {
    return Settings.of(Tasks.all(), Settings.Given.keys(List.of(sets)));
  }

  @Test
  void everyKeyIsDeclaredOnceAndHasADefaultOfItsType() {
    Map<String, String> owners = new HashMap<>();
    CommonKeys.ALL.forEach(key -> owners.put(key.path(), "all"));
    for (Task<?, ?, ?, ?> task : Tasks.all()) {
      for (Key key : task.keys()) {
        assertEquals(null, owners.put(key.path(), task.name()), key.path() + " twice");
      }
      // Every default lies in its range.
      of("task=" + task.name());
    }
    TreeSet<String> keys = new TreeSet<>();
    REFERENCE.entrySet().forEach(entry -> keys.add(entry.getKey()));
    assertEquals(keys, new TreeSet<>(owners.keySet()));
    for (Task<?, ?, ?, ?> task : Tasks.all()) {
      for (Key key : Settings.keys(task)) {
        ConfigValueType type = REFERENCE.getValue(key.path()).valueType();
        ConfigValueType expected =
            switch (key.type()) {
              case WHOLE, NUMBER -> ConfigValueType.NUMBER;
              case FLAG -> ConfigValueType.BOOLEAN;
              case LIST, LAYERS -> ConfigValueType.LIST;
              default -> ConfigValueType.STRING;
            };
        assertEquals(expected, type, key.path());
      }
    }
  }

  /** A comment documents a key, or several that follow each other. */
  @Test
  void everyKeyIsDocumented() {
    boolean before = false;
    for (Map.Entry<String, ConfigValue> entry : REFERENCE.entrySet()) {
      boolean here = !entry.getValue().origin().comments().isEmpty();
      before |= here;
    }
    assertTrue(before);
    List<String> follow =
        List.of(
            "transcription.bands",
            "transcription.gap",
            "transcription.augment.time-mask",
            "transcription.augment.channel-mask",
            "transcription.word-bonus",
            "training.fall-factor",
            "training.fall-every",
            "training.depth",
            "training.checkpoint-keep",
            "training.partitions",
            "parsing.dropout",
            "parsing.embedding");
    for (Map.Entry<String, ConfigValue> entry : REFERENCE.entrySet()) {
      boolean here = !entry.getValue().origin().comments().isEmpty();
      assertTrue(here || follow.contains(entry.getKey()), entry.getKey() + " has no comment");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "training.batch=0 | Expected training.batch >= 1, found 0",
        "training.depth=9 | Expected training.depth in 0..8, found 9",
        "training.augment.jitter=2 | Expected training.augment.jitter in [0, 1], found 2",
        "field.damping=much | Expected a number for field.damping, found much",
        "field.engine=magic | for field.engine, found magic",
        "scorer.position=perhaps | Expected true or false for scorer.position, found perhaps",
        "training.batch=1.5 | Expected a whole number for training.batch, found 1.5",
        "tagging.rows=7 | Expected no tagging.rows, a key of the task tagging, with task = segmentation",
        "training.no=1 | Unknown key training.no",
      })
  void wrongValuesAreNamed(String set, String message) {
    InputException e = assertThrows(InputException.class, () -> of(set));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void aModelsTaskAndDefaultsComeBeforeThoseOfTheReference() {
    Settings settings =
        Settings.of(
            Tasks.all(),
            Settings.Given.keys(List.of("predict.chunk=5")),
            "parsing",
            Map.of("parsing.max-words", 17));
    assertEquals("parsing", settings.task());
    assertEquals(17, settings.integer("parsing.max-words"));
    assertEquals(5, settings.chunk());
    assertTrue(settings.given("predict.chunk"));
    assertFalse(settings.given("parsing.max-words"));
    InputException e =
        assertThrows(
            InputException.class,
            () ->
                Settings.of(
                    Tasks.all(),
                    Settings.Given.keys(List.of("task=tagging")),
                    "parsing",
                    Map.of()));
    assertTrue(e.getMessage().contains("Expected task = parsing"), e.getMessage());
  }

  /** What is mathematical of a task: its sections and what it has of training, no more. */
  @Test
  void whatChangesNoModelIsNotAmongWhatDoes() {
    JsonNode field = of().mathematical();
    assertTrue(field.path("training").has("crop") && field.has("field") && field.has("scorer"));
    assertFalse(field.path("training").has("partitions") || field.has("tagging"));
    JsonNode speech = of("task=transcription").mathematical();
    assertFalse(speech.path("training").has("crop") || speech.path("training").has("augment"));
    assertFalse(speech.path("transcription").has("beam"));
    assertTrue(speech.path("transcription").has("stride"));
    JsonNode changed = of("training.partitions=3", "predict.tile=9").mathematical();
    assertEquals(field, changed);
    assertEquals(field, of("training.rate=0.5").defaults());
  }

  @Test
  void architecturesAreListsOfLayersByName() {
    for (String name : List.of("strided", "strided-small", "dilated", "separable")) {
      List<LayerSpec> layers = of("scorer.layers=" + name).layers("scorer.layers");
      Architecture architecture = Architecture.of(61, layers, false);
      assertFalse(architecture.needsWhole());
      assertEquals(layers, of("task=parsing", "parsing.layers=" + name).layers("parsing.layers"));
      String comment =
          String.join(" ", REFERENCE.getValue("architectures." + name).origin().comments());
      String rounded =
          String.format(Locale.ROOT, "%,d,000", (architecture.cost().parameters() + 500) / 1000);
      assertTrue(comment.contains(rounded + " parameters"), name + ": " + rounded);
    }
  }

  @Test
  void layersThatNameNoLeakHaveThatOfTheScorer() {
    String given =
        "scorer.layers=[{channels = 4}, {channels = 4, leak = 0}, {pool = context},"
            + " {channels = 4, leak = 0.2}, {channels = 4, pool = none}]";
    List<Double> leaks =
        of(given).layers("scorer.layers", 0.1).stream().map(LayerSpec::leak).toList();
    assertEquals(List.of(0.1, 0.0, 0.0, 0.2, 0.1), leaks);
  }

  /** What depends on the channels of the data is not refused before these are known. */
  @Test
  void layersThatMayFitAreTaken() {
    for (String layers :
        List.of(
            "[{channels = 16, kernel = 1}, {channels = 19, depthwise = true, skip = input}]",
            "[{pool = context, window = 9}, {channels = 3, residual = true}]",
            "[{channels = 13, depthwise = true}]")) {
      assertFalse(of("scorer.layers=" + layers).layers("scorer.layers").isEmpty());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deep | Expected a list of layers, or one of dilated, separable, strided, strided-small for"
            + " scorer.layers, found deep",
        "[{channels = 4}, {chanels = 5}] | in layer 2 of scorer.layers, found chanels",
        "[{channels = 4}, 5] | Expected { channels = ... } as layer 2 of scorer.layers, found 5",
        "[{channels = 4, pool = max}] | Expected a pool with nothing but a name, stride and window in"
            + " layer 1 of scorer.layers, found more",
        "[{channels = 4, normalize = batch}] | Expected none, instance, group, layer for normalize in"
            + " layer 1 of scorer.layers, found batch",
        "[{channels = 4, stride = 2}] | Expected the size of the input at the end in layer 1 of layers,"
            + " found 1/2 of it",
        "[{channels = 4}, {channels = 4, stride = 3}] | Expected stride 1 or 2 in layer 2 of"
            + " scorer.layers, found 3"
      })
  void layersThatDoNotFitAreNamed(String layers, String message) {
    InputException e = assertThrows(InputException.class, () -> of("scorer.layers=" + layers));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
