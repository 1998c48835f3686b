package org.deepgm.tagging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.deepgm.math.RandomStream;
import org.deepgm.network.ParameterLayout;
import org.deepgm.network.SparseRows;
import org.deepgm.structure.Objective.Worker;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaggingObjectiveTest {
  private static final TaggingSpec SPEC = new TaggingSpec(3, 20);

  private static TaggedSequence sequence(int seed, int length) {
    RandomStream random = RandomStream.of(seed, length);
    int[][] features = new int[length][];
    int[] labels = new int[length];
    for (int t = 0; t < length; t++) {
      features[t] = new int[1 + random.nextInt(4)];
      for (int i = 0; i < features[t].length; i++) {
        features[t][i] = random.nextInt(12);
      }
      labels[t] = random.nextInt(3);
    }
    return new TaggedSequence("s", features, labels);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void gradientIsTheDerivativeOfTheLoss(int length) {
    ParameterLayout layout = SPEC.layOut();
    float[] p = new float[layout.length()];
    RandomStream random = RandomStream.of(4);
    for (int i = 0; i < p.length; i++) {
      p[i] = (float) random.uniform(-1, 1);
    }
    Worker<TaggedSequence> worker = new TaggingObjective(SPEC).worker();
    TaggedSequence example = sequence(2, length);
    double[] dense = new double[layout.denseLength()];
    worker.load(p);
    worker.addGradient(example, 0, dense);
    double[] gradient = java.util.Arrays.copyOf(dense, p.length);
    SparseRows rows = worker.rows();
    for (int i = 0; i < rows.size(); i++) {
      for (int l = 0; l < 3; l++) {
        gradient[layout.sparse().offset() + rows.row(i) * 3 + l] = rows.values()[i * 3 + l];
      }
    }
    assertTrue(rows.size() <= 12, "only touched rows");
    float step = 1f / 256;
    for (int i = 0; i < p.length; i++) {
      float before = p[i];
      p[i] = before + step;
      worker.load(p);
      double up = worker.addGradient(example, 0, new double[dense.length]).loss();
      p[i] = before - step;
      worker.load(p);
      double down = worker.addGradient(example, 0, new double[dense.length]).loss();
      p[i] = before;
      // Central differences of a smooth loss: the error is of third order in the step.
      assertEquals((up - down) / (2 * step), gradient[i], 1e-4, "parameter " + i);
    }
  }
}
