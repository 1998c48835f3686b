package org.deepgm.bench;

import java.util.concurrent.TimeUnit;
import org.deepgm.math.Kernels;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.structure.Objective;
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

/** Loss and gradient of one image of 240 x 180 pixels, one thread, by scorer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx2g", "--add-modules=jdk.incubator.vector", "-XX:-UseFPUForSpilling"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GradientBenchmark {
  /**
   * linear; convolution: 7-16-16-12; dilated: the same, dilation 8; image: 5 layers and the field.
   */
  @Param({"linear", "convolution", "dilated", "image"})
  public String scorer;

  /** vector or plain. */
  @Param({"vector", "plain"})
  public String kernels;

  private Objective.Worker<Example> worker;
  private Example example;
  private float[] parameters;
  private double[] gradient;

  /** Makes the inputs. */
  @Setup
  public void prepare() {
    SegmentationSpec spec = CompareServer.spec(scorer);
    example = Workloads.example(180, 240, spec.labels());
    parameters = Workloads.parameters(spec);
    gradient = new double[parameters.length];
    worker =
        Workloads.objective(spec)
            .worker(kernels.equals("plain") ? Kernels.plain() : Kernels.best());
  }

  /** A step's work on one image. */
  @Benchmark
  public Object lossAndGradient() {
    worker.load(parameters);
    return worker.addGradient(example, 0, gradient);
  }
}
