package org.deepgm.training;

import java.lang.ref.SoftReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/**
 * Workspaces of an executor, kept between the tasks of a run: one for every task that runs at once.
 *
 * <p>Static, as are the other things that tasks of one JVM share ({@link Lot}, {@link Replica}):
 * tasks of successive steps are different objects in a JVM that stays, and tens of megabytes of
 * planes for each of them would be allocated anew; soft references let the memory go when it is
 * needed.
 */
final class Workers {
  private static final ConcurrentHashMap<String, ConcurrentLinkedDeque<SoftReference<Object>>>
      IDLE = new ConcurrentHashMap<>();

  private Workers() {}

  /** An idle workspace of this run, or a new one. */
  @SuppressWarnings("unchecked")
  static <W> W take(String run, Supplier<W> create) {
    // An executor that outlives a run forgets its workspaces when the next one begins.
    IDLE.keySet().removeIf(key -> !key.equals(run));
    ConcurrentLinkedDeque<SoftReference<Object>> idle =
        IDLE.computeIfAbsent(run, key -> new ConcurrentLinkedDeque<>());
    for (SoftReference<Object> r = idle.poll(); r != null; r = idle.poll()) {
      Object worker = r.get();
      if (worker != null) {
        return (W) worker;
      }
    }
    return create.get();
  }

  /** Gives a workspace back. */
  static void give(String run, Object worker) {
    ConcurrentLinkedDeque<SoftReference<Object>> idle = IDLE.get(run);
    if (idle != null) {
      idle.push(new SoftReference<>(worker));
    }
  }

  /** Forgets the workspaces of a run in this JVM. */
  static void forget(String run) {
    IDLE.remove(run);
  }
}
