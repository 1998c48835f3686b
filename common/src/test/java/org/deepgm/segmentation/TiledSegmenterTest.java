package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Engine;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.field.grid.Offset;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.math.RandomStream;
import org.deepgm.network.LayerSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiles with a halo that is wide enough change nothing, to the bit. */
class TiledSegmenterTest {
  private static final int LABELS = 3;

  private static SegmentationModel model(int seed, Engine engine, Schedule schedule) {
    List<LayerSpec> layers = List.of(new LayerSpec(4, 3, 1, false), new LayerSpec(4, 3, 2, true));
    return model(seed, engine, schedule, layers);
  }

  private static SegmentationModel model(
      int seed, Engine engine, Schedule schedule, List<LayerSpec> layers) {
    RandomStream random = RandomStream.of(seed);
    SegmentationSpec spec =
        new SegmentationSpec(
            LABELS,
            3,
            seed % 2 == 0 ? SegmentationSpec.Features.FILTER_BANK : SegmentationSpec.Features.COLOR,
            2,
            true,
            layers,
            1,
            List.of(new Offset(0, 1), new Offset(1, 0), new Offset(2, -1)),
            true,
            true,
            1,
            new InferenceOptions(engine, schedule, 0.25, 3, 0));
    float[] parameters = new float[spec.layOut().length()];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = (float) (0.5 * random.nextGaussian());
    }
    List<LabelSet.LabelClass> classes = new ArrayList<>();
    for (int l = 0; l < LABELS; l++) {
      classes.add(new LabelSet.LabelClass(l, "c" + l, l));
    }
    return new SegmentationModel(
        spec,
        InputTables.identity(spec.inputs()),
        new LabelSet("test", classes, LabelSet.Ignored.NONE),
        parameters,
        "test",
        "{}");
  }

  private static Image image(int seed, int height, int width) {
    RandomStream random = RandomStream.of(seed, height, width);
    Image image = Image.blank(height, width, 3, 8);
    for (int i = 0; i < image.pixels(); i++) {
      for (int c = 0; c < 3; c++) {
        image.set(c, i, random.nextInt(256));
      }
    }
    return image;
  }

  private static TiledSegmenter.Request everything() {
    return new TiledSegmenter.Request(Decoding.MARGINAL, null, List.of(0, 2), true, true, null);
  }

  private static void sameAsWhole(SegmentationModel model, Image image, int side) {
    int halo = TiledSegmenter.exactHalo(model.spec(), image.width());
    TiledSegmenter tiled = new TiledSegmenter(model, side, halo);
    assertFalse(tiled.whole(image));
    TiledSegmenter.Result found = tiled.label(image, everything());
    Segmenter whole = model.segmenter();
    whole.infer(image);
    assertArrayEquals(whole.decode(null).labels(), found.labels().labels());
    assertArrayEquals(whole.marginal(0), found.marginals().get(0));
    assertArrayEquals(whole.marginal(2), found.marginals().get(1));
    assertArrayEquals(whole.entropy(), found.entropy());
    assertArrayEquals(whole.decodeNodes().labels(), found.nodes().labels());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void scoresInTilesAreThoseOfTheWholeButForItsLoss(int seed) {
    SegmentationModel model = model(seed, Engine.MEAN_FIELD, Schedule.PARALLEL);
    Image image = image(seed, 61, 90);
    byte[] gold = new byte[image.pixels()];
    RandomStream random = RandomStream.of(seed, 9);
    for (int i = 0; i < gold.length; i++) {
      gold[i] = (byte) (i / 7 % 9 == 0 ? LabelMap.IGNORE : random.nextInt(3));
    }
    TiledSegmenter.Scoring scoring = new TiledSegmenter.Scoring(new LabelMap(61, 90, gold), 3, 0);
    TiledSegmenter.Request request =
        new TiledSegmenter.Request(Decoding.MARGINAL, null, List.of(), false, false, scoring);
    int halo = TiledSegmenter.exactHalo(model.spec(), image.width());
    Evaluation tiles = new TiledSegmenter(model, 20, halo).label(image, request).scores();
    Evaluation whole = new TiledSegmenter(model, 0, 0).label(image, request).scores();
    assertArrayEquals(new long[] {1, 1}, tiles.images());
    assertArrayEquals(new long[] {1, 0}, whole.images());
    for (int a = 0; a < 3; a++) {
      for (int b = 0; b < 3; b++) {
        assertEquals(whole.field().matrix().count(a, b), tiles.field().matrix().count(a, b));
        assertEquals(whole.field().band().count(a, b), tiles.field().band().count(a, b));
        assertEquals(whole.nodes().matrix().count(a, b), tiles.nodes().matrix().count(a, b));
      }
    }
    assertEquals(whole.field().calibrationError(), tiles.field().calibrationError());
    // Sums are kept to 2^-12 nats a tile.
    assertEquals(whole.field().meanLogLoss(), tiles.field().meanLogLoss(), 1e-5);
    assertEquals(whole.nodes().meanLoss(), tiles.nodes().meanLoss(), 1e-5);
    assertTrue(Double.isNaN(tiles.field().meanLoss()));
    assertTrue(whole.field().meanLoss() > 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void coloredSweepsInTilesAreThoseOfTheWhole(int seed) {
    SegmentationModel model = model(seed, Engine.MEAN_FIELD, Schedule.COLORED);
    sameAsWhole(model, image(seed, 70 + seed, 83 - seed), 17);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void parallelSweepsInTilesAreThoseOfTheWhole(int seed) {
    sameAsWhole(model(seed, Engine.MEAN_FIELD, Schedule.PARALLEL), image(seed, 61, 90), 20);
  }

  private static LayerSpec layer(int channels, int kernel, int stride, int upsample, String skip) {
    return new LayerSpec(
        channels,
        kernel,
        1,
        false,
        "n" + channels,
        stride,
        upsample,
        null,
        skip,
        null,
        false,
        null,
        0,
        0,
        null,
        0,
        0);
  }

  private static LayerSpec pool(LayerSpec.Pool pool, int window) {
    int stride = pool == LayerSpec.Pool.CONTEXT ? 1 : 2;
    return new LayerSpec(
        0, 1, 1, false, null, stride, 1, null, null, null, false, null, 0, 0, pool, window, 0);
  }

  private static LayerSpec depthwise(int channels, int dilation) {
    return new LayerSpec(
        channels, 3, dilation, false, null, 1, 1, null, null, null, true, null, 0, 0, null, 0, 0);
  }

  private static List<LayerSpec> architecture(String name) {
    return switch (name) {
      case "strided" ->
          List.of(
              layer(4, 3, 1, 1, null),
              layer(5, 3, 2, 1, null),
              layer(6, 5, 2, 1, null),
              layer(7, 3, 1, 2, "n5"),
              layer(8, 3, 1, 2, "n4"));
      case "pooled" ->
          List.of(
              layer(4, 3, 1, 1, null),
              pool(LayerSpec.Pool.MAX, 0),
              layer(5, 3, 1, 1, null),
              pool(LayerSpec.Pool.AVERAGE, 0),
              pool(LayerSpec.Pool.CONTEXT, 5),
              layer(6, 1, 1, 4, "n4"));
      default -> List.of(layer(6, 1, 1, 1, null), depthwise(6, 2), layer(5, 1, 1, 1, "n6"));
    };
  }

  @ParameterizedTest
  @CsvSource({"strided, COLORED", "pooled, PARALLEL", "separable, COLORED"})
  void architecturesInTilesAreThoseOfTheWhole(String name, Schedule schedule) {
    SegmentationModel model = model(3, Engine.MEAN_FIELD, schedule, architecture(name));
    sameAsWhole(model, image(7, 333, 517), 120);
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, 0.5, PARALLEL",
    "true, false, 1, PARALLEL",
    "false, true, 1, COLORED",
    "true, true, 1.25, PARALLEL"
  })
  void viewsAreAveragedInTilesAsInTheWhole(
      boolean flip, boolean turn, double scale, Schedule schedule) {
    SegmentationModel model = model(3, Engine.MEAN_FIELD, schedule, architecture("strided"));
    Image image = image(7, 150, 203);
    Views views = new Views(flip, turn, scale == 1 ? List.of() : List.of(scale, 1 / scale));
    int halo = TiledSegmenter.exactHalo(model.spec(), image.width());
    TiledSegmenter.Result whole = new TiledSegmenter(model, 0, 0, views).label(image, everything());
    TiledSegmenter tiled = new TiledSegmenter(model, 60, halo, views);
    assertFalse(tiled.whole(image));
    TiledSegmenter.Result found = tiled.label(image, everything());
    assertArrayEquals(whole.labels().labels(), found.labels().labels());
    assertArrayEquals(whole.marginals().get(0), found.marginals().get(0));
    assertArrayEquals(whole.entropy(), found.entropy());
  }

  /** By hand: the mean of the marginals of the image and of its mirror. */
  @Test
  void theMirroredViewIsMirroredBack() {
    SegmentationModel model =
        model(3, Engine.MEAN_FIELD, Schedule.PARALLEL, architecture("strided"));
    Image image = image(7, 50, 73);
    float[] plain = marginal(model, image);
    float[] mirrored = marginal(model, Resampling.bilinear(image, 0, 0, 1, true, 50, 73));
    Views views = new Views(true, false, List.of());
    TiledSegmenter.Result found = new TiledSegmenter(model, 0, 0, views).label(image, everything());
    for (int i = 0; i < plain.length; i++) {
      float other = mirrored[i / 73 * 73 + 72 - i % 73];
      assertEquals((plain[i] + other) / 2, found.marginals().get(0)[i]);
    }
  }

  /** By hand: of eight views, each found by turning and mirroring the pixels themselves. */
  @Test
  void turnedViewsAreTurnedBack() {
    SegmentationModel model =
        model(3, Engine.MEAN_FIELD, Schedule.PARALLEL, architecture("strided"));
    Image image = image(7, 24, 41);
    double[] sums = new double[image.pixels()];
    for (int view = 0; view < 8; view++) {
      int[] from = new int[image.pixels()];
      Arrays.setAll(from, i -> i);
      int height = 24;
      int width = 41;
      if (view >= 4) {
        int[] old = from.clone();
        for (int i = 0; i < from.length; i++) {
          from[i] = old[i / 41 * 41 + 40 - i % 41];
        }
      }
      for (int turn = 0; turn < view % 4; turn++) {
        // Clockwise here, as all four are there whichever way.
        int[] old = from.clone();
        for (int i = 0; i < from.length; i++) {
          from[i] = old[(height - 1 - i % height) * width + i / height];
        }
        int rows = height;
        height = width;
        width = rows;
      }
      Image shown = Image.blank(height, width, image.channels(), 8);
      for (int i = 0; i < from.length; i++) {
        for (int c = 0; c < image.channels(); c++) {
          shown.set(c, i, image.sample(c, from[i]));
        }
      }
      float[] marginal = marginal(model, shown);
      for (int i = 0; i < from.length; i++) {
        sums[from[i]] += marginal[i];
      }
    }
    Views views = new Views(true, true, List.of());
    TiledSegmenter.Result found = new TiledSegmenter(model, 0, 0, views).label(image, everything());
    for (int i = 0; i < sums.length; i++) {
      assertEquals(sums[i] / 8, found.marginals().get(0)[i], 1e-6);
    }
  }

  private static float[] marginal(SegmentationModel model, Image image) {
    Segmenter segmenter = model.segmenter();
    segmenter.infer(image);
    return segmenter.marginal(0);
  }

  @Test
  void whatNeedsTheWholeImageIsNotCut() {
    List<LayerSpec> layers =
        List.of(layer(4, 3, 1, 1, null), pool(LayerSpec.Pool.CONTEXT, 0), layer(3, 1, 1, 1, "n4"));
    SegmentationModel model = model(1, Engine.MEAN_FIELD, Schedule.PARALLEL, layers);
    TiledSegmenter tiled = new TiledSegmenter(model, 20, 200);
    Image small = image(1, 20, 40);
    assertFalse(tiled.tooLarge(small));
    Segmenter whole = model.segmenter();
    whole.infer(small);
    assertArrayEquals(
        whole.decode(null).labels(), tiled.label(small, everything()).labels().labels());
    Image large = image(1, 21, 40);
    assertTrue(tiled.tooLarge(large));
    Views twice = new Views(false, false, List.of(2.0));
    assertTrue(new TiledSegmenter(model, 20, 200, twice).tooLarge(image(1, 11, 20)));
    assertFalse(new TiledSegmenter(model, 20, 200, twice).tooLarge(image(1, 10, 20)));
    Views huge = new Views(false, false, List.of(10.0));
    Image wide = Image.blank(2000, 2500, 3, 16);
    TiledSegmenter views =
        new TiledSegmenter(model(1, Engine.MEAN_FIELD, Schedule.PARALLEL), 0, 0, huge);
    assertThrows(IllegalArgumentException.class, () -> views.label(wide, everything()));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> tiled.label(large, everything()));
    assertTrue(e.getMessage().contains("at most 800 pixels"), e.getMessage());
  }

  @Test
  void whatAutoTakesForTheImageHoldsForTheTiles() {
    sameAsWhole(model(1, Engine.MEAN_FIELD, Schedule.AUTO), image(5, 40, 260), 24);
  }

  @Test
  void beliefsInTilesAreThoseOfTheWhole() {
    sameAsWhole(model(3, Engine.BELIEF_PROPAGATION, Schedule.AUTO), image(6, 48, 64), 16);
  }

  @Test
  void aNarrowerHaloIsAllowed() {
    SegmentationModel model = model(2, Engine.MEAN_FIELD, Schedule.PARALLEL);
    Image image = image(7, 80, 80);
    TiledSegmenter.Result found = new TiledSegmenter(model, 16, 2).label(image, everything());
    byte[] whole = model.segmenter().label(image).labels();
    int different = 0;
    for (int i = 0; i < whole.length; i++) {
      different += whole[i] == found.labels().labels()[i] ? 0 : 1;
    }
    assertTrue(different > 0 && different < whole.length / 10, "different: " + different);
  }

  @Test
  void smallImagesAndEnginesThatSeeEverythingAreLabelledWhole() {
    Image image = image(8, 20, 20);
    SegmentationModel model = model(1, Engine.MEAN_FIELD, Schedule.AUTO);
    assertTrue(new TiledSegmenter(model, 16, 4).whole(image));
    assertTrue(new TiledSegmenter(model, 0, 4).whole(image));
    assertFalse(new TiledSegmenter(model, 10, 4).whole(image));
    SegmentationModel trees = model(1, Engine.TREE_REWEIGHTED, Schedule.AUTO);
    assertTrue(new TiledSegmenter(trees, 10, 4).whole(image));
    assertEquals(-1, TiledSegmenter.exactHalo(trees.spec(), 20));
  }
}
