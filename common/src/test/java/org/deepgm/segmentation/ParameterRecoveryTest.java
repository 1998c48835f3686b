package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.field.graph.Elimination;
import org.deepgm.field.grid.GridElimination;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Engine;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.field.grid.Offset;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.Kernels;
import org.deepgm.math.RandomStream;
import org.deepgm.segmentation.SegmentationSpec.Features;
import org.deepgm.structure.Objective.Worker;
import org.junit.jupiter.api.Test;

/** Maximum likelihood on narrow fields drawn from a known model finds that model. */
class ParameterRecoveryTest {
  private static final int HEIGHT = 3;
  private static final int WIDTH = 6;
  private static final int IMAGES = 600;

  /**
   * What can be told from data, of 12 parameters: a constant added to both labels' weights, biases,
   * or to all entries of an offset's matrix changes no probability, which are four directions.
   */
  private static final int IDENTIFIABLE = 8;

  private static final InferenceOptions EXACT =
      new InferenceOptions(Engine.ELIMINATION, Schedule.AUTO, 0, 1, 0);
  private static final SegmentationSpec SPEC =
      new SegmentationSpec(
          2,
          1,
          Features.COLOR,
          1,
          false,
          List.of(),
          0,
          List.of(new Offset(0, 1), new Offset(1, 0)),
          true,
          false,
          1,
          EXACT);

  private static List<Example> draw(float[] parameters) {
    RandomStream random = RandomStream.of(1);
    Scorer scorer = new Scorer(SPEC, InputTables.identity(1), Kernels.best());
    scorer.load(parameters);
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      Image image = Image.blank(HEIGHT, WIDTH, 1, 8);
      for (int n = 0; n < HEIGHT * WIDTH; n++) {
        image.set(0, n, random.nextInt(256));
      }
      var potentials = scorer.forward(image, Window.whole(HEIGHT, WIDTH));
      int[] y =
          new Elimination(GridElimination.graph(potentials), 1 << 24).samples(1, random).get(0);
      byte[] labels = new byte[y.length];
      for (int n = 0; n < y.length; n++) {
        labels[n] = (byte) y[n];
      }
      examples.add(new Example("drawn-" + i, image, new LabelMap(HEIGHT, WIDTH, labels)));
    }
    return examples;
  }

  /** Sum of the gradients, and of their outer products: the empirical Fisher information. */
  private static double[] gradient(
      Worker<Example> worker, float[] p, List<Example> examples, double[][] fisher) {
    worker.load(p);
    double[] sum = new double[p.length];
    for (double[] row : fisher) {
      java.util.Arrays.fill(row, 0);
    }
    for (Example example : examples) {
      double[] one = new double[p.length];
      worker.addGradient(example, 0, one);
      for (int i = 0; i < one.length; i++) {
        sum[i] += one[i];
        for (int j = 0; j < one.length; j++) {
          fisher[i][j] += one[i] * one[j];
        }
      }
    }
    return sum;
  }

  /** Eigenvectors in rows, by Jacobi rotations; the matrix becomes diagonal. */
  private static double[][] eigenvectors(double[][] a) {
    int n = a.length;
    double[][] v = new double[n][n];
    for (int i = 0; i < n; i++) {
      v[i][i] = 1;
    }
    for (int round = 0; round < 60; round++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          if (a[p][q] == 0) {
            continue;
          }
          double angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
          double c = Math.cos(angle);
          double s = Math.sin(angle);
          for (int k = 0; k < n; k++) {
            double x = a[p][k];
            a[p][k] = c * x - s * a[q][k];
            a[q][k] = s * x + c * a[q][k];
          }
          for (int k = 0; k < n; k++) {
            double x = a[k][p];
            a[k][p] = c * x - s * a[k][q];
            a[k][q] = s * x + c * a[k][q];
            x = v[p][k];
            v[p][k] = c * x - s * v[q][k];
            v[q][k] = s * x + c * v[q][k];
          }
        }
      }
    }
    return v;
  }

  @Test
  void exactLikelihoodRecoversTheModelWithinThreeStandardErrors() {
    RandomStream random = RandomStream.of(7);
    float[] truth = new float[SPEC.layOut().length()];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = (float) random.uniform(-0.8, 0.8);
    }
    List<Example> examples = draw(truth);
    Worker<Example> worker =
        new SegmentationObjective(
                SPEC,
                InputTables.identity(1),
                Augmentation.none(),
                new float[2],
                Learning.LIKELIHOOD)
            .worker();
    float[] p = new float[truth.length];
    double[][] fisher = new double[p.length][p.length];
    double[] z = new double[p.length];
    int rank = 0;
    // Fisher scoring in the identifiable directions; the others keep their zeros.
    for (int step = 0; step < 40; step++) {
      double[] g = gradient(worker, p, examples, fisher);
      double[][] vectors = eigenvectors(fisher);
      rank = 0;
      for (int i = 0; i < p.length; i++) {
        z[i] = 0;
        if (fisher[i][i] < 1e-3) {
          continue;
        }
        rank++;
        double along = 0;
        double from = 0;
        for (int j = 0; j < p.length; j++) {
          along += vectors[i][j] * g[j];
          from += vectors[i][j] * (p[j] - truth[j]);
        }
        z[i] = from * Math.sqrt(fisher[i][i]);
        double move = along / fisher[i][i];
        for (int j = 0; j < p.length && step < 39; j++) {
          p[j] -= (float) (move * vectors[i][j]);
        }
      }
    }
    assertEquals(IDENTIFIABLE, rank);
    double square = 0;
    for (double score : z) {
      assertTrue(Math.abs(score) <= 3, "standard errors from the truth: " + score);
      square += score * score;
    }
    assertTrue(square > 0.1, "an estimate is not the truth itself: " + square);
  }
}
