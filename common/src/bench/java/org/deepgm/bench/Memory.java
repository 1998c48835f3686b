package org.deepgm.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.segmentation.Augmentation;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.Learning;
import org.deepgm.segmentation.SegmentationObjective;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.segmentation.InputTables;
import org.deepgm.structure.Objective;

/**
 * What one task holds, in sets of label planes (4 L H W bytes), and what it allocates for an image
 * once it is warm. For {@code scripts/scaling}.
 */
final class Memory {
  private static final int LABELS = 11;
  private static final int HEIGHT = 180;
  private static final int WIDTH = 240;
  private static final int WARM = 30;

  private Memory() {}

  /** Prints a line an objective, for the linear scorer on colour. */
  public static void main(String[] args) {
    ThreadMXBean meter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    SegmentationSpec plain = Workloads.network(LABELS, new int[0], new int[0], 5);
    Example example = Workloads.example(HEIGHT, WIDTH, LABELS);
    for (int i = 0; i < HEIGHT * WIDTH; i += 10) {
      example.labels().labels()[i] = (byte) LabelMap.IGNORE;
    }
    float[] costs = new float[LABELS];
    Arrays.fill(costs, 0.1f);
    for (Learning.Objective kind :
        new Learning.Objective[] {Learning.Objective.LIKELIHOOD, Learning.Objective.MARGINAL}) {
      SegmentationObjective objective =
          new SegmentationObjective(
              plain,
              InputTables.identity(plain.inputs()),
              Augmentation.none(),
              costs,
              new Learning(kind, 1, 1));
      float[] parameters = Workloads.parameters(plain);
      double[] gradient = new double[parameters.length];
      work(objective.worker(Kernels.best()), parameters, example, gradient, WARM);
      long before = meter.getThreadAllocatedBytes(thread);
      Objective.Worker<Example> worker = objective.worker(Kernels.best());
      work(worker, parameters, example, gradient, 1);
      long first = meter.getThreadAllocatedBytes(thread);
      work(worker, parameters, example, gradient, WARM);
      long after = meter.getThreadAllocatedBytes(thread);
      System.out.printf(
          Locale.ROOT,
          "%s: a task holds %.1f sets of label planes, allocates %.2f MB an image%n",
          kind,
          (first - before) / (4.0 * LABELS * HEIGHT * WIDTH),
          (after - first) / 1e6 / WARM);
    }
  }

  private static void work(
      Objective.Worker<Example> worker,
      float[] parameters,
      Example example,
      double[] gradient,
      int times) {
    worker.load(parameters);
    for (int i = 0; i < times; i++) {
      worker.addGradient(example, 0, gradient);
    }
  }
}
