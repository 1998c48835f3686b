package org.deepgm.task.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.deepgm.configuration.Settings;
import org.deepgm.fault.InputException;
import org.deepgm.network.LayerSpec;
import org.deepgm.segmentation.Augmentation;
import org.deepgm.segmentation.LabelSpread;
import org.deepgm.segmentation.SegmentationObjective;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.Targets;
import org.deepgm.segmentation.Views;
import org.deepgm.task.Tasks;
import org.junit.jupiter.api.Test;

/** Each key reaches what it is the key of. */
class FieldSettingsTest {
  private static FieldSettings settings(String... sets) {
    return new FieldSettings(Settings.of(Tasks.all(), Settings.Given.keys(List.of(sets))));
  }

  @Test
  void aLeakForAllLayers() {
    String layers = "scorer.layers=[{channels = 4}, {channels = 4, leak = 0.2}]";
    SegmentationSpec spec = settings(layers, "scorer.leak=0.1").spec(2, 3);
    assertEquals(List.of(0.1, 0.2), spec.layers().stream().map(LayerSpec::leak).toList());
    assertEquals(0.0, settings(layers).spec(2, 3).layers().get(0).leak());
    for (String refused : List.of("-0.1", "1")) {
      assertThrows(InputException.class, () -> settings("scorer.leak=" + refused));
    }
  }

  @Test
  void viewsOfTraining() {
    Augmentation found =
        settings(
                "training.augment.mirror=false",
                "training.augment.scale=1.5",
                "training.augment.shrink=0.7",
                "training.augment.rotate=20",
                "training.augment.elastic=3",
                "training.augment.jitter=0.1",
                "training.augment.color=0.2",
                "training.augment.gamma=0.4",
                "training.crop=64",
                "training.spread=0.6")
            .augmentation();
    Augmentation.Light light = new Augmentation.Light(0.1, 0.2, 0.4);
    assertEquals(new Augmentation(false, 1.5, 0.7, 20, 3, light, 64), found);
    assertEquals(new LabelSpread(0.6), settings("training.spread=0.6").spread());
    assertEquals(
        new SegmentationObjective.Phases(7, 0),
        settings("training.spread=0.6", "training.spread-steps=7").phases());
    for (String use : List.of("class-cost=0.2", "overlap=0.5", "balance=median")) {
      assertEquals(
          new SegmentationObjective.Phases(0, 5),
          settings("training.class-cost-steps=5", "training." + use).phases());
    }
    FieldSettings alike = settings("training.class-cost-steps=5");
    String refused = assertThrows(InputException.class, alike::phases).getMessage();
    assertTrue(refused.contains("training.class-cost-steps = 5, found none"), refused);
    assertThrows(InputException.class, () -> settings("training.spread-steps=7").phases());
    FieldSettings balanced =
        settings("training.spread=0.6", "training.spread-steps=7", "training.balance=median");
    assertThrows(InputException.class, balanced::phases);
  }

  @Test
  void whatALossOverMarginalsWants() {
    double[] frequencies = {0.5, 0.25, 0.25};
    Targets found =
        settings("training.label-smoothing=0.1", "training.overlap=0.4")
            .learning(frequencies)
            .targets();
    assertEquals(0.1, found.smoothing());
    assertEquals(0.4, found.overlap());
    assertEquals(0, found.weights().length);
    assertArrayEquals(
        new float[] {0.5f, 1, 1},
        settings("training.balance=median").learning(frequencies).targets().weights());
    assertEquals(
        0.3,
        settings("training.overlap=0.3", "field.offsets=[]", "training.objective=likelihood")
            .learning(frequencies)
            .targets()
            .overlap());
    FieldSettings likelihood = settings("training.overlap=0.3", "training.objective=likelihood");
    InputException refused =
        assertThrows(InputException.class, () -> likelihood.learning(frequencies));
    assertTrue(
        refused.getMessage().contains("no field.offsets, with training.overlap, which"),
        refused.getMessage());
  }

  @Test
  void viewsOfPrediction() {
    assertNull(settings().views());
    assertEquals(new Views(true, false, List.of()), settings("predict.flip=true").views());
    assertEquals(new Views(false, true, List.of()), settings("predict.turn=true").views());
    assertEquals(
        new Views(false, false, List.of(0.5, 2.0)), settings("predict.scales=[0.5, 2]").views());
  }

  /** Chunks of predictions say so what they were made with. */
  @Test
  void viewsAreWrittenAsBeforeTheyTurned() throws JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper();
    Views upright = new Views(true, false, List.of());
    assertEquals("{\"flip\":true,\"scales\":[]}", mapper.writeValueAsString(upright));
    Views turned = new Views(true, true, List.of());
    assertEquals("{\"flip\":true,\"turn\":true,\"scales\":[]}", mapper.writeValueAsString(turned));
  }
}
