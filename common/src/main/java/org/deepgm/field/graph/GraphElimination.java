package org.deepgm.field.graph;

import org.deepgm.structure.Inference;

/** {@link Elimination} as an engine: exact, or refused where the tables would be too large. */
final class GraphElimination implements GraphEngine {
  private final GraphOptions options;

  /** An engine; memory and factor marginals are the options that matter. */
  public GraphElimination(GraphOptions options) {
    this.options = options;
  }

  @Override
  public Inference<GraphMarginals> infer(FactorGraph graph) {
    return new Elimination(graph, options.memory()).infer(options.factors());
  }

  @Override
  public int[] argmax(FactorGraph graph) {
    return new Elimination(graph, options.memory()).argmax();
  }
}
