package org.deepgm.training;

import java.lang.ref.SoftReference;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.network.ParameterLayout;

/**
 * An executor's copy of a vector with a sparse slice, brought up to each step by what the steps
 * before it changed.
 *
 * <p>A step begins when the one before has ended, so that all tasks whose results count read one
 * version. A task that is late (speculated, or of a step that is done) may see newer numbers; its
 * result is dropped. One that asks for an older version gets a copy of its own.
 */
final class Replica {
  private static final ConcurrentHashMap<String, SoftReference<Replica>> OF_RUN =
      new ConcurrentHashMap<>();

  private float[] vector;
  private long version = -1;

  private Replica() {}

  /**
   * The parameters of a step.
   *
   * @param run names the replica
   * @param version of this step
   * @param base version of the snapshot
   * @param snapshot the whole vector
   * @param changes that led to the last versions, the last of them to {@code version}; at least
   *     those after the snapshot
   */
  record Version(
      String run,
      ParameterLayout layout,
      long version,
      long base,
      Broadcast<Parameters> snapshot,
      List<Broadcast<ParameterChannel.Change>> changes)
      implements StepParameters {
    @Override
    public float[] vector() {
      return of(run).at(this);
    }

    /** The oldest version that the changes start from. */
    private long from() {
      return version - changes.size();
    }
  }

  private static Replica of(String run) {
    OF_RUN.keySet().removeIf(key -> !key.equals(run));
    Replica[] kept = new Replica[1];
    OF_RUN.compute(
        run,
        (key, reference) -> {
          kept[0] = reference == null ? null : reference.get();
          if (kept[0] != null) {
            return reference;
          }
          kept[0] = new Replica();
          return new SoftReference<>(kept[0]);
        });
    return kept[0];
  }

  private synchronized float[] at(Version wanted) {
    if (version > wanted.version()) {
      return upTo(wanted, wanted.snapshot().value().values().clone(), wanted.base());
    }
    if (version < wanted.from()) {
      vector = wanted.snapshot().value().values().clone();
      version = wanted.base();
    }
    upTo(wanted, vector, version);
    version = wanted.version();
    return vector;
  }

  private static float[] upTo(Version wanted, float[] vector, long from) {
    for (long v = from; v < wanted.version(); v++) {
      ParameterChannel.Change change = wanted.changes().get((int) (v - wanted.from())).value();
      float[] dense = change.dense().values();
      System.arraycopy(dense, 0, vector, 0, dense.length);
      float[] values = change.values().values();
      ParameterLayout.Slice slice = wanted.layout().sparse();
      int width = slice.shape().get(1);
      for (int i = 0; i < change.rows().length; i++) {
        int to = slice.offset() + change.rows()[i] * width;
        System.arraycopy(values, i * width, vector, to, width);
      }
    }
    return vector;
  }

  /** Forgets the replica of a run in this JVM. */
  static void forget(String run) {
    OF_RUN.remove(run);
  }
}
