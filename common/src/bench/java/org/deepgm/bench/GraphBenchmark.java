package org.deepgm.bench;

import java.util.concurrent.TimeUnit;
import org.deepgm.field.graph.GraphOptions;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseGraph;
import org.deepgm.field.graph.PairwiseScores;
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
 * Sum-product messages on a random graph in which every node has four neighbours, 8 labels, one
 * thread. What an edge and a sweep take is the difference of the two numbers of sweeps, divided by
 * that of the sweeps and by the edges, which are twice the nodes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx6g", "--add-modules=jdk.incubator.vector", "-XX:-UseFPUForSpilling"})
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class GraphBenchmark {
  private static final int LABELS = 8;

  /** Nodes. */
  @Param({"2000", "500000"})
  public int nodes;

  /** Sweeps. */
  @Param({"5", "15"})
  public int sweeps;

  private PairwiseScores scores;
  private PairwiseField field;

  /** Makes the graph: two rings, each through all nodes in an order of its own. */
  @Setup
  public void prepare() {
    RandomStream random = RandomStream.of(1);
    int[] ends = new int[4 * nodes];
    for (int ring = 0; ring < 2; ring++) {
      int[] order = new int[nodes];
      for (int i = 0; i < nodes; i++) {
        int j = random.nextInt(i + 1);
        order[i] = order[j];
        order[j] = i;
      }
      for (int i = 0; i < nodes; i++) {
        int edge = ring * nodes + i;
        ends[2 * edge] = order[i];
        ends[2 * edge + 1] = order[(i + 1) % nodes];
      }
    }
    PairwiseGraph graph = new PairwiseGraph(nodes, ends);
    double[] node = InferenceBenchmark.gaussians(random, nodes * LABELS);
    double[] edge = InferenceBenchmark.gaussians(random, graph.tables() * LABELS * LABELS);
    for (int i = 0; i < edge.length; i++) {
      edge[i] *= 0.3;
    }
    scores = new PairwiseScores(graph, LABELS, node, edge);
    GraphOptions options = new GraphOptions(sweeps, 0, 0.1, false, 1, 1, true, 1 << 20);
    field = new PairwiseField(PairwiseField.Engine.BELIEF_PROPAGATION, options);
  }

  /** Scores in, marginals out. */
  @Benchmark
  public double messages() {
    return field.infer(scores).logPartition();
  }
}
