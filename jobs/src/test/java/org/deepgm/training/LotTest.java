package org.deepgm.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.structure.Objective.Outcome;
import org.junit.jupiter.api.Test;

class LotTest {
  private static final Lot.Step STEP = new Lot.Step("lots of a test", 3);

  private static Lot<String> lot(int from, int end) {
    return new Lot<>(new ExampleBlock<>(0, List.of("a", "b", "c")), from, end, new GradientSum());
  }

  private static void add(Lot<String> lot, int place) {
    lot.add(new double[] {place}, null, new Outcome(1, 1, 0, true, 0, 0), "x", 4);
  }

  @Test
  void everyExampleIsClaimedOnce() {
    Lot<String> lot = lot(1, 3);
    assertEquals(1, lot.claim());
    assertEquals(2, lot.claim());
    assertEquals(-1, lot.claim());
  }

  @Test
  void theOwnerWaitsForWhatAnotherComputes() throws Exception {
    Lot<String> own = lot(0, 3);
    own.open(STEP);
    try {
      assertEquals(0, own.claim());
      // Another task finds the lot and takes one of it.
      Lot<String> found = Lot.<String>open(STEP, lot(0, 1)).iterator().next();
      assertSame(own, found);
      assertEquals(1, found.claim());
      assertEquals(2, own.claim());
      add(own, 0);
      add(own, 2);
      CompletableFuture<GradientSum> result = CompletableFuture.supplyAsync(own::result);
      assertThrows(
          java.util.concurrent.TimeoutException.class,
          () -> result.get(100, TimeUnit.MILLISECONDS));
      add(found, 1);
      GradientSum sum = result.get(60, TimeUnit.SECONDS);
      assertEquals(3, sum.examples());
      assertEquals(1.0, sum.meanGradient().dense()[0]);
    } finally {
      own.close(STEP);
    }
    assertFalse(Lot.anyOpen(STEP));
  }

  @Test
  void whatFailsElsewhereFailsTheOwner() {
    Lot<String> own = lot(0, 3);
    assertEquals(0, own.claim());
    assertEquals(1, own.claim());
    own.fail(new DivergenceException("b: not finite"));
    assertEquals(-1, own.claim());
    add(own, 0);
    String said = assertThrows(DivergenceException.class, own::result).getMessage();
    assertTrue(said.contains("b: not finite"), said);
  }

  @Test
  void lotsOfOtherStepsAreLeftAlone() {
    Lot<String> own = lot(0, 3);
    own.open(STEP);
    try {
      assertTrue(Lot.open(new Lot.Step(STEP.run(), 4), lot(0, 1)).isEmpty());
      assertTrue(Lot.open(STEP, own).isEmpty());
    } finally {
      own.close(STEP);
    }
  }
}
