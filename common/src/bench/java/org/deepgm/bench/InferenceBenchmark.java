package org.deepgm.bench;

import java.util.concurrent.TimeUnit;
import org.deepgm.chain.ChainScores;
import org.deepgm.chain.LinearChain;
import org.deepgm.ctc.Ctc;
import org.deepgm.ctc.CtcScores;
import org.deepgm.field.grid.GridBeliefPropagation;
import org.deepgm.field.grid.GridEngine;
import org.deepgm.field.grid.GridMeanField;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.field.grid.GridTreeReweighted;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One sweep or pass of every engine, one thread: 240 x 180 and 480 x 360 pixels, 12 and 21 labels.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx2g", "--add-modules=jdk.incubator.vector", "-XX:-UseFPUForSpilling"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class InferenceBenchmark {
  /** L. */
  @Param({"12", "21"})
  public int labels;

  /** Columns; rows are three quarters. */
  @Param({"240", "480"})
  public int width;

  private GridPotentials tied;
  private GridPotentials contrast;
  private Planes q;
  private GridMeanField parallel;
  private GridMeanField colored;
  private GridEngine beliefs;
  private GridEngine upper;
  private final LinearChain chain = new LinearChain();
  private ChainScores sentence;
  private final Ctc ctc = new Ctc();
  private CtcScores frames;
  private final int[] transcription = new int[40];

  /** Makes the inputs. */
  @Setup
  public void prepare() {
    int height = width * 3 / 4;
    Kernels kernels = Kernels.best();
    tied = Workloads.field(labels, height, width, Workloads.Coupling.MEDIUM, false);
    contrast = Workloads.field(labels, height, width, Workloads.Coupling.MEDIUM, true);
    q = new Planes(labels);
    InferenceOptions one = Workloads.sweeps(1);
    InferenceOptions ordered = new InferenceOptions(Schedule.COLORED, 0, 1, 0);
    parallel = new GridMeanField(kernels, one, labels, 4);
    colored = new GridMeanField(kernels, ordered, labels, 4);
    beliefs = new GridBeliefPropagation(kernels, one, labels, 4, false);
    upper = new GridTreeReweighted(kernels, one, labels, 4, 4, false);
    parallel.start(tied.node(), q);
    RandomStream random = RandomStream.of(1);
    double[] node = gaussians(random, 40 * labels);
    sentence = new ChainScores(40, labels, node, gaussians(random, labels * labels));
    frames = new CtcScores(150, 28, 0, gaussians(random, 150 * 28));
    for (int u = 0; u < 40; u++) {
      transcription[u] = 1 + random.nextInt(27);
    }
  }

  static double[] gaussians(RandomStream random, int n) {
    double[] out = new double[n];
    for (int i = 0; i < n; i++) {
      out[i] = random.nextGaussian();
    }
    return out;
  }

  /** Mean field, tied matrices, all pixels at once. */
  @Benchmark
  public Object meanFieldParallel() {
    return parallel.run(tied, q, null);
  }

  /** Mean field, tied matrices, colour after colour. */
  @Benchmark
  public Object meanFieldColored() {
    return colored.run(tied, q, null);
  }

  /** Mean field, two matrices a direction, one weighted by contrast. */
  @Benchmark
  public Object meanFieldContrast() {
    return parallel.run(contrast, q, null);
  }

  /** F(q). */
  @Benchmark
  public double meanFieldBound() {
    return parallel.bound(tied, q);
  }

  /** One sweep of sum-product messages. */
  @Benchmark
  public Object beliefPropagation() {
    return beliefs.run(tied, q, null);
  }

  /** One iteration of the upper bound. */
  @Benchmark
  public Object treeReweighted() {
    return upper.run(tied, q, null);
  }

  /** A linear chain of 40 tokens. */
  @Benchmark
  public Object linearChain() {
    return chain.infer(sentence);
  }

  /** CTC of 150 frames, 40 symbols. */
  @Benchmark
  public Object ctcClamped() {
    return ctc.clamped(frames, transcription);
  }
}
