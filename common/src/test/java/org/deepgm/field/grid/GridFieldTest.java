package org.deepgm.field.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GridFieldTest {
  private static final InferenceOptions TIGHT =
      new InferenceOptions(InferenceOptions.Schedule.AUTO, 0.5, 500, 1e-7);
  private static final List<Offset> OFFSETS =
      List.of(new Offset(0, 1), new Offset(1, 0), new Offset(1, 1));

  private static GridField field(FieldCase c) {
    return new GridField(
        Kernels.best(),
        TIGHT,
        c.labels,
        c.potentials.offsets().size(),
        c.potentials.offsets().size(),
        0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void withoutEdgesTheAnswerIsExact(long seed) {
    FieldCase c = FieldCase.random(seed, 3, 4, 2, List.of(), 0);
    Inference<Planes> inference = field(c).infer(c.potentials);
    assertEquals(Bound.EXACT, inference.bound());
    assertEquals(c.logPartition(), inference.logPartition(), 1e-4);
    assertTrue(inference.converged());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void boundsAreBelowEnumerationFreeAndClamped(long seed) {
    FieldCase c = FieldCase.random(seed, 3, 4, 2, OFFSETS, 0.7);
    GridField field = field(c);
    Inference<Planes> free = field.infer(c.potentials);
    assertEquals(Bound.LOWER, free.bound());
    assertTrue(free.logPartition() <= c.logPartition() + 1e-4);
    byte[] labels = new byte[12];
    for (int i = 0; i < 12; i++) {
      labels[i] = (byte) (i % 3 == 0 ? LabelMap.IGNORE : i % 2);
    }
    LabelMap gold = new LabelMap(3, 4, labels);
    Inference<Planes> clamped = field.clamped(c.potentials, gold);
    assertEquals(Bound.LOWER, clamped.bound());
    double exact = c.logPartition(gold);
    assertTrue(clamped.logPartition() <= exact + 1e-4);
    assertTrue(clamped.logPartition() >= exact - 2, "a bound that says something");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void scoresAreSumsAndTheLabellingFoundIsLocallyBest(long seed) {
    FieldCase c = FieldCase.random(seed, 3, 4, 3, OFFSETS, 0.7);
    GridField field = field(c);
    LabelMap best = field.argmax(c.potentials);
    int[] y = new int[12];
    for (int i = 0; i < 12; i++) {
      y[i] = best.label(i);
    }
    double score = c.score(y);
    assertEquals(score, field.score(c.potentials, best), 1e-4);
    assertEquals(score, field.clamped(c.potentials, best).logPartition(), 1e-4);
    for (int i = 0; i < 12; i++) {
      for (int l = 0; l < 3; l++) {
        int[] other = y.clone();
        other[i] = l;
        assertTrue(c.score(other) <= score + 1e-4);
      }
    }
  }
}
