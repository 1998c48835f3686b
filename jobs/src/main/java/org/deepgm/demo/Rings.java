package org.deepgm.demo;

import java.nio.charset.StandardCharsets;
import org.deepgm.graphs.GraphJson;
import org.deepgm.graphs.LabeledGraph;
import org.deepgm.math.RandomStream;

/**
 * Made graphs: rings with chords and tails, of three labels that change by one or not at all from
 * neighbour to neighbour, and a noisy number at each node that says its label.
 */
public final class Rings {
  private static final int LABELS = 3;

  private Rings() {}

  /** Graphs, a line each. */
  public static byte[] lines(String split, int count, long seed) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(GraphJson.write(graph(split + "-" + i, seed))).append('\n');
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static LabeledGraph graph(String id, long seed) {
    RandomStream random = RandomStream.of(seed, RandomStream.key(id));
    int ring = 8 + random.nextInt(8);
    int nodes = ring + 4;
    int[] labels = new int[nodes];
    float[] features = new float[nodes];
    int[] ends = new int[2 * (nodes + 2)];
    int edges = 0;
    for (int v = 0; v < nodes; v++) {
      int before =
          v == 0 ? random.nextInt(LABELS) : labels[v < ring ? v - 1 : random.nextInt(ring)];
      int change = random.nextInt(4) - 1;
      labels[v] = change > 1 ? before : Math.max(0, Math.min(LABELS - 1, before + change));
      features[v] = (float) (labels[v] + 1.2 * random.nextGaussian());
    }
    for (int v = 0; v < nodes; v++) {
      int other = v < ring ? (v + 1) % ring : nearest(labels, ring, labels[v], random);
      ends[edges++] = v;
      ends[edges++] = other;
    }
    for (int c = 0; c < 2; c++) {
      int a = random.nextInt(ring - 2);
      ends[edges++] = a;
      ends[edges++] = a + 2;
    }
    return new LabeledGraph(id, nodes, features, ends, new float[0], null, labels);
  }

  /** A node of the ring whose label is as close as any, somewhere behind a random place. */
  private static int nearest(int[] labels, int ring, int label, RandomStream random) {
    int start = random.nextInt(ring);
    int best = start;
    for (int i = 0; i < ring; i++) {
      int v = (start + i) % ring;
      best = Math.abs(labels[v] - label) < Math.abs(labels[best] - label) ? v : best;
    }
    return best;
  }
}
