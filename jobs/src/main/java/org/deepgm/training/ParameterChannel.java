package org.deepgm.training;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.network.ParameterLayout;

/**
 * How the parameters of each step reach the tasks.
 *
 * <p>Without a sparse slice every step broadcasts the vector. With one, where the vector has
 * millions of entries of which a step changes thousands, executors keep a replica: every step
 * broadcasts what it changed, and the vector is broadcast once in {@value #STEPS_A_SNAPSHOT} steps,
 * to be fetched by an executor that has no replica yet.
 */
final class ParameterChannel implements AutoCloseable {
  private static final int STEPS_A_SNAPSHOT = 100;

  /**
   * What a step changed.
   *
   * @param dense all parameters before the sparse slice
   * @param rows changed rows
   * @param values of these rows
   */
  record Change(Parameters dense, int[] rows, Parameters values) implements java.io.Serializable {}

  /** Parameters in a broadcast of their own. */
  private record Whole(Broadcast<Parameters> broadcast) implements StepParameters {
    @Override
    public float[] vector() {
      return broadcast.value().values();
    }
  }

  private final JavaSparkContext context;
  private final ParameterLayout layout;
  private final String run;

  /** The changes that led to the last versions, up to the present one. */
  private final Deque<Broadcast<Change>> changes = new ArrayDeque<>();

  private Broadcast<Parameters> snapshot;
  private long snapshotVersion;
  private long version;

  ParameterChannel(JavaSparkContext context, ParameterLayout layout, String run) {
    this.context = context;
    this.layout = layout;
    this.run = run;
  }

  /**
   * The parameters for a step.
   *
   * @param changed rows of the sparse slice that changed since the last call; null: any
   */
  StepParameters publish(float[] parameters, int[] changed) {
    if (layout.sparse() == null) {
      close();
      snapshot = context.broadcast(new Parameters(parameters));
      return new Whole(snapshot);
    }
    version++;
    if (snapshot == null || changed == null) {
      close();
      takeSnapshot(parameters);
    } else {
      changes.add(context.broadcast(change(parameters, changed)));
      if (version - snapshotVersion >= STEPS_A_SNAPSHOT) {
        snapshot.destroy();
        takeSnapshot(parameters);
        // A replica that missed no step needs no snapshot: the last change will do.
        while (changes.size() > 1) {
          changes.remove().destroy();
        }
      }
    }
    return new Replica.Version(
        run, layout, version, snapshotVersion, snapshot, List.copyOf(changes));
  }

  private void takeSnapshot(float[] parameters) {
    snapshot = context.broadcast(new Parameters(parameters.clone()));
    snapshotVersion = version;
  }

  private Change change(float[] parameters, int[] rows) {
    ParameterLayout.Slice slice = layout.sparse();
    int width = slice.shape().get(1);
    float[] values = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(parameters, slice.offset() + rows[i] * width, values, i * width, width);
    }
    float[] dense = Arrays.copyOf(parameters, layout.denseLength());
    return new Change(new Parameters(dense), rows, new Parameters(values));
  }

  @Override
  public void close() {
    if (snapshot != null) {
      snapshot.destroy();
      snapshot = null;
    }
    changes.forEach(Broadcast::destroy);
    changes.clear();
  }
}
