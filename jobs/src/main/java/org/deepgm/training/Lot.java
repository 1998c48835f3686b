package org.deepgm.training;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.spark.TaskKilledException;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.network.SparseRows;
import org.deepgm.structure.Objective.Outcome;

/**
 * The examples of one task in a step. A task that is through with its own takes examples of the
 * others in its JVM that nobody has begun, so that no core waits while another has two left.
 *
 * <p>The sum of a lot is that of its own examples, whoever computed them: the owner alone returns
 * it, so retried and speculated tasks count every example once. Sums are exact in any order, see
 * {@link GradientSum}.
 */
final class Lot<X> {
  /** Names what has the same parameters and examples: lots of a step of a run. */
  record Step(String run, int step) {}

  private static final ConcurrentHashMap<Step, Collection<Lot<?>>> OPEN = new ConcurrentHashMap<>();

  private final ExampleBlock<X> block;
  private final GradientSum sum;
  private int next;
  private final int end;
  private int running;
  private Throwable failure;

  /** Places {@code [from, end)} of the step's indices lie in the block. */
  Lot(ExampleBlock<X> block, int from, int end, GradientSum sum) {
    this.block = block;
    this.end = end;
    this.sum = sum;
    next = from;
  }

  ExampleBlock<X> block() {
    return block;
  }

  /** Lets others take from this lot. */
  void open(Step step) {
    OPEN.compute(
        step,
        (key, lots) -> {
          Collection<Lot<?>> all = lots == null ? new ConcurrentLinkedQueue<>() : lots;
          all.add(this);
          return all;
        });
  }

  /** What is left is taken by nobody anymore. */
  void close(Step step) {
    OPEN.computeIfPresent(
        step,
        (key, lots) -> {
          lots.remove(this);
          return lots.isEmpty() ? null : lots;
        });
  }

  static boolean anyOpen(Step step) {
    return OPEN.containsKey(step);
  }

  /** Lots of a step that are open in this JVM; all of a run have one kind of examples. */
  @SuppressWarnings("unchecked")
  static <X> Collection<Lot<X>> open(Step step, Lot<X> own) {
    Collection<?> lots = OPEN.getOrDefault(step, List.of());
    return ((Collection<Lot<X>>) lots).stream().filter(lot -> lot != own).toList();
  }

  /** The place of an example that the caller now has to compute, or -1 where none is left. */
  synchronized int claim() {
    if (failure != null || next >= end) {
      return -1;
    }
    running++;
    return next++;
  }

  /** The gradient of a claimed example. */
  synchronized void add(double[] gradient, SparseRows rows, Outcome outcome, String id, int batch) {
    sum.add(gradient, rows, outcome, id, batch);
    running--;
    notifyAll();
  }

  /** What it took to get an example. */
  synchronized void addReading(long nanos, long bytes) {
    sum.addReading(nanos, bytes);
  }

  /** A claimed example has none: its owner fails. */
  synchronized void fail(Throwable why) {
    failure = failure == null ? why : failure;
    running--;
    notifyAll();
  }

  /** The sum, when everything that was claimed is in it. */
  synchronized GradientSum result() {
    while (running > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TaskKilledException("interrupted while another task computed an example");
      }
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    return sum;
  }
}
