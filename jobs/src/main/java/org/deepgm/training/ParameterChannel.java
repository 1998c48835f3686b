package org.deepgm.training;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.network.ParameterLayout;

/**
 * How the parameters of each step reach the tasks.
 *
 * <p>Without a sparse slice every step broadcasts the vector. With one, where the vector has
 * millions of entries of which a step changes thousands, executors keep a replica: the vector is
 * broadcast once in {@value #STEPS_A_SNAPSHOT} steps, fetched only by an executor that has no
 * replica yet, and every step broadcasts what it changed.
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
  record Change(float[] dense, int[] rows, float[] values) implements java.io.Serializable {}

  /** Parameters in a broadcast of their own. */
  private record Whole(Broadcast<float[]> broadcast) implements StepParameters {
    @Override
    public float[] vector() {
      return broadcast.value();
    }
  }

  private final JavaSparkContext context;
  private final ParameterLayout layout;
  private final String run;
  private final List<Broadcast<Change>> changes = new ArrayList<>();
  private Broadcast<float[]> whole;
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
      whole = context.broadcast(parameters);
      return new Whole(whole);
    }
    version++;
    if (whole == null || changed == null || changes.size() >= STEPS_A_SNAPSHOT) {
      close();
      whole = context.broadcast(parameters.clone());
      return new Replica.Parameters(run, layout, version, version, whole, List.of());
    }
    changes.add(context.broadcast(change(parameters, changed)));
    return new Replica.Parameters(
        run, layout, version, version - changes.size(), whole, List.copyOf(changes));
  }

  private Change change(float[] parameters, int[] rows) {
    ParameterLayout.Slice slice = layout.sparse();
    int width = slice.shape().get(1);
    float[] values = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(parameters, slice.offset() + rows[i] * width, values, i * width, width);
    }
    return new Change(java.util.Arrays.copyOf(parameters, layout.denseLength()), rows, values);
  }

  @Override
  public void close() {
    if (whole != null) {
      whole.destroy();
      whole = null;
    }
    changes.forEach(Broadcast::destroy);
    changes.clear();
  }
}
