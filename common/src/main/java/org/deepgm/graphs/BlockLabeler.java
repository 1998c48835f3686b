package org.deepgm.graphs;

import java.util.Arrays;
import org.deepgm.fault.RecordException;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseMarginals;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.math.LogSpace;
import org.deepgm.structure.Inference;
import org.deepgm.text.Printed;

/**
 * Labels a graph block by block: each is inferred with the last messages of the others, which it
 * answers, until nothing moves. With engines that are exact in a block: exact where the blocks form
 * a tree of single edges, else a fixed point of belief propagation between blocks (Yedidia,
 * Freeman, Weiss 2005, doi 10.1109/TIT.2005.850085). One instance a thread.
 */
final class BlockLabeler {
  /** Of messages, ln: a label that is not forbidden is never less likely, so that it can return. */
  private static final double LEAST = -1e4;

  private final GraphScorer scorer;
  private final PairwiseField field;
  private final GraphLearning learning;
  private final int labels;

  /** A labeler with a scorer that has its parameters. */
  BlockLabeler(GraphScorer scorer, GraphLearning learning, int labels) {
    this.scorer = scorer;
    this.learning = learning;
    this.labels = labels;
    field = learning.field().withoutMeanField();
  }

  /**
   * What is sent from block to block: of each copy ln of the marginals of the node that it is
   * joined to, as they are without it.
   *
   * @param values [copies, L]
   * @param sent whether there is one yet
   */
  private record Messages(double[] values, boolean[] sent) {}

  /** Labels a graph. */
  NodeLabeler.Result label(LabeledGraph graph, boolean best, boolean score) {
    GraphBlocks blocks = new GraphBlocks(graph, learning.blockNodes());
    blocks.check(labels);
    long values = (long) blocks.copies() * labels;
    if (values > Integer.MAX_VALUE - 16) {
      throw new RecordException(
          RecordException.Kind.TOO_LARGE,
          Printed.line(graph.id())
              + ": expected messages of fewer than 2^31 values between blocks, found "
              + values
              + "; larger graphs.block-nodes cut fewer edges");
    }
    double[] q = new double[graph.nodes() * labels];
    int[] alone = new int[graph.nodes()];
    Messages messages =
        new Messages(new double[blocks.copies() * labels], new boolean[blocks.copies()]);
    double moved = Double.POSITIVE_INFINITY;
    int rounds = 0;
    boolean rest = true;
    PairwiseField.Engine engine = PairwiseField.Engine.ELIMINATION;
    while (rounds < learning.sweeps() && moved >= GraphLearning.TOLERANCE) {
      moved = 0;
      rest = true;
      for (int k = 0; k < blocks.count(); k++) {
        // There and back, so that messages travel all along a chain of blocks either way.
        GraphBlocks.Block block = blocks.block(rounds % 2 == 0 ? k : blocks.count() - 1 - k);
        PairwiseScores scores = scorer.forward(block.graph());
        int[] own = rounds == 0 ? NodeLabeler.largest(scores.node(), block.own(), labels) : null;
        receive(block, scores, messages);
        Inference<PairwiseMarginals> found = field.infer(scores);
        rest &= found.converged();
        boolean sums = field.used() != PairwiseField.Engine.ELIMINATION;
        engine = sums ? field.used() : engine;
        double[] marginals = found.marginals().node();
        for (int i = 0; i < block.own(); i++) {
          System.arraycopy(marginals, i * labels, q, block.nodes()[i] * labels, labels);
          alone[block.nodes()[i]] = own == null ? alone[block.nodes()[i]] : own[i];
        }
        moved = Math.max(moved, send(block, scores, marginals, messages, rounds));
      }
      rounds++;
    }
    rest &= moved < GraphLearning.TOLERANCE;
    double nats = score && graph.known() > 0 ? loss(blocks) : Double.NaN;
    int[] found = NodeLabeler.largest(q, graph.nodes(), labels);
    if (best) {
      improve(blocks, found);
    }
    String text = engine.text() + " in blocks" + (rest ? "" : ", not at rest");
    return new NodeLabeler.Result(found, q, alone, text, nats);
  }

  /** Puts the last messages in the place of the copies' own scores, which stand for the first. */
  private void receive(GraphBlocks.Block block, PairwiseScores scores, Messages messages) {
    for (int c = 0; c < block.copies(); c++) {
      int from = block.mirror()[c];
      if (messages.sent()[from]) {
        int to = (block.own() + c) * labels;
        System.arraycopy(messages.values(), from * labels, scores.node(), to, labels);
      }
    }
  }

  /** Takes out of a node's marginals what each of its copies has told it; returns the change. */
  private double send(
      GraphBlocks.Block block,
      PairwiseScores scores,
      double[] marginals,
      Messages messages,
      int round) {
    double moved = 0;
    double[] told = new double[labels];
    double[] sent = new double[labels];
    int[] table = tables(block, scores);
    for (int c = 0; c < block.copies(); c++) {
      int v = block.inside()[c];
      int copy = block.own() + c;
      boolean first = scores.graph().from(table[c]) == v;
      for (int l = 0; l < labels; l++) {
        for (int k = 0; k < labels; k++) {
          int cell = first ? l * labels + k : k * labels + l;
          told[k] =
              scores.edge()[table[c] * labels * labels + cell] + scores.node()[copy * labels + k];
        }
        double log = LogSpace.sum(told, 0, labels);
        double q = marginals[v * labels + l];
        boolean never = scores.node()[v * labels + l] == Double.NEGATIVE_INFINITY;
        sent[l] =
            never
                ? Double.NEGATIVE_INFINITY
                : Math.max(LEAST, StrictMath.log(Math.max(Double.MIN_NORMAL, q)) - log);
      }
      moved = Math.max(moved, store(block.number()[c], sent, messages, round));
    }
    return moved;
  }

  /** Of each copy the table of its edges. */
  private static int[] tables(GraphBlocks.Block block, PairwiseScores scores) {
    int[] table = new int[block.copies()];
    int[] ends = block.graph().ends();
    for (int e = 0; e < ends.length / 2; e++) {
      int copy = Math.max(ends[2 * e], ends[2 * e + 1]) - block.own();
      if (copy >= 0) {
        table[copy] = scores.graph().table(e);
      }
    }
    return table;
  }

  private double store(int number, double[] sent, Messages messages, int round) {
    double log = LogSpace.sum(sent, 0, labels);
    double kept = round == 0 ? 0 : learning.damping();
    double moved = messages.sent()[number] ? 0 : 1;
    double[] values = messages.values();
    for (int l = 0; l < labels; l++) {
      int at = number * labels + l;
      double next = sent[l] - log;
      if (messages.sent()[number]) {
        moved = Math.max(moved, Math.abs(StrictMath.exp(next) - StrictMath.exp(values[at])));
        next = kept == 0 ? next : kept * values[at] + (1 - kept) * next;
      }
      values[at] = next;
    }
    messages.sent()[number] = true;
    return moved;
  }

  /** -ln P of the gold labels of each block given those around it, added up. */
  private double loss(GraphBlocks blocks) {
    double nats = 0;
    for (int b = 0; b < blocks.count(); b++) {
      LabeledGraph given = blocks.given(b);
      if (given.known() > 0) {
        PairwiseScores scores = scorer.forward(given);
        double free = field.infer(scores).logPartition();
        nats += free - field.clamped(scores, given.labels()).logPartition();
      }
    }
    return nats;
  }

  /** Takes the best labelling of each block given the labels around it, while the score rises. */
  private void improve(GraphBlocks blocks, int[] found) {
    boolean changed = true;
    for (int round = 0; changed && round < learning.sweeps(); round++) {
      changed = false;
      for (int b = 0; b < blocks.count(); b++) {
        GraphBlocks.Block block = blocks.block(b);
        PairwiseScores scores = scorer.forward(block.graph());
        int[] now = Arrays.stream(block.nodes()).map(v -> found[v]).toArray();
        for (int i = block.own(); i < now.length; i++) {
          Arrays.fill(scores.node(), i * labels, (i + 1) * labels, Double.NEGATIVE_INFINITY);
          scores.node()[i * labels + now[i]] = 0;
        }
        double before = scores.score(now);
        int[] better = field.argmax(scores);
        if (scores.score(better) > before + 1e-9 * Math.abs(before)) {
          for (int i = 0; i < block.own(); i++) {
            found[block.nodes()[i]] = better[i];
          }
          changed = true;
        }
      }
    }
  }
}
