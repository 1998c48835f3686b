package org.deepgm.field.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deepgm.fault.InputException;

/**
 * A graphical model over discrete variables: s(Y) is the sum of its factors' scores, P(Y) = exp
 * s(Y) / Z. In double precision; a score of negative infinity forbids an assignment.
 *
 * @param cardinalities number of labels of every variable, [N]
 * @param factors score tables of any arity
 */
public record FactorGraph(int[] cardinalities, List<Factor> factors) {
  /** Checks the factors. */
  public FactorGraph {
    factors = List.copyOf(factors);
    for (int v = 0; v < cardinalities.length; v++) {
      if (cardinalities[v] < 1) {
        throw new InputException(
            "Expected at least 1 label for variable " + v + ", found " + cardinalities[v]);
      }
    }
    for (int f = 0; f < factors.size(); f++) {
      factors.get(f).check(cardinalities, "factor " + f);
    }
  }

  /** Number of variables. */
  public int size() {
    return cardinalities.length;
  }

  /** s(Y), nats. */
  public double score(int[] labels) {
    double sum = 0;
    for (Factor factor : factors) {
      sum += factor.score(labels, cardinalities);
    }
    return sum;
  }

  /**
   * The graph with some variables observed: the tables of other variables are cut at the labels
   * seen, so that the variables observed are joined to none, and all other labels of theirs get a
   * score of negative infinity. The number of variables stays.
   */
  public FactorGraph observe(Map<Integer, Integer> evidence) {
    evidence.forEach(this::checkEvidence);
    List<Factor> all = new ArrayList<>();
    for (Factor factor : factors) {
      all.add(factor.cut(evidence, cardinalities));
    }
    for (Map.Entry<Integer, Integer> e : new TreeMap<>(evidence).entrySet()) {
      double[] table = new double[cardinalities[e.getKey()]];
      Arrays.fill(table, Double.NEGATIVE_INFINITY);
      table[e.getValue()] = 0;
      all.add(new Factor(new int[] {e.getKey()}, table));
    }
    return new FactorGraph(cardinalities, all);
  }

  private void checkEvidence(int variable, int label) {
    if (variable < 0 || variable >= size()) {
      throw new InputException(
          "evidence: expected variables 0.." + (size() - 1) + ", found " + variable);
    }
    if (label < 0 || label >= cardinalities[variable]) {
      throw new InputException(
          "evidence: expected labels 0.."
              + (cardinalities[variable] - 1)
              + " for variable "
              + variable
              + ", found "
              + label);
    }
  }
}
