package org.deepgm.field;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deepgm.image.InputException;

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
   * The graph with some variables observed: all other labels of them get a score of negative
   * infinity. The number of variables stays.
   */
  public FactorGraph observe(Map<Integer, Integer> evidence) {
    List<Factor> all = new ArrayList<>(factors);
    evidence.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            e -> {
              int variable = e.getKey();
              int label = e.getValue();
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
              double[] table = new double[cardinalities[variable]];
              java.util.Arrays.fill(table, Double.NEGATIVE_INFINITY);
              table[label] = 0;
              all.add(new Factor(new int[] {variable}, table));
            });
    return new FactorGraph(cardinalities, all);
  }
}
