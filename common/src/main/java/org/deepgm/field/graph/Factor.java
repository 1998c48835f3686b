package org.deepgm.field.graph;

import java.util.Arrays;
import java.util.Map;
import org.deepgm.fault.InputException;

/**
 * A score table over a few variables of a graph.
 *
 * @param variables indices of the variables, distinct
 * @param table ln of the factor for every assignment, the last variable fastest; negative infinity
 *     where the factor is 0
 */
public record Factor(int[] variables, double[] table) {

  /** Checks the table against the variables' numbers of labels. */
  void check(int[] cardinalities, String place) {
    long size = 1;
    for (int i = 0; i < variables.length; i++) {
      int v = variables[i];
      if (v < 0 || v >= cardinalities.length) {
        throw new InputException(
            place + ": expected variables 0.." + (cardinalities.length - 1) + ", found " + v);
      }
      for (int j = 0; j < i; j++) {
        if (variables[j] == v) {
          throw new InputException(place + ": expected each variable once, found " + v + " twice");
        }
      }
      size *= cardinalities[v];
    }
    if (size != table.length) {
      throw new InputException(
          place + ": expected a table of " + size + " entries, found " + table.length);
    }
  }

  /** The entry of a full assignment. */
  double score(int[] labels, int[] cardinalities) {
    int index = 0;
    for (int v : variables) {
      index = index * cardinalities[v] + labels[v];
    }
    return table[index];
  }

  /** The table over the variables that are not observed, at the labels of those that are. */
  Factor cut(Map<Integer, Integer> evidence, int[] cardinalities) {
    int[] left = Arrays.stream(variables).filter(v -> !evidence.containsKey(v)).toArray();
    if (left.length == variables.length) {
      return this;
    }
    int size = 1;
    for (int v : left) {
      size *= cardinalities[v];
    }
    double[] out = new double[size];
    int[] digits = new int[variables.length];
    int at = 0;
    for (double entry : table) {
      boolean agrees = true;
      for (int i = 0; i < digits.length; i++) {
        agrees &= evidence.getOrDefault(variables[i], digits[i]) == digits[i];
      }
      if (agrees) {
        out[at++] = entry;
      }
      advance(digits, cardinalities);
    }
    return new Factor(left, out);
  }

  /** Counts the labels of the variables up to the next entry of the table. */
  void advance(int[] digits, int[] cardinalities) {
    for (int i = digits.length - 1; i >= 0; i--) {
      if (++digits[i] < cardinalities[variables[i]]) {
        return;
      }
      digits[i] = 0;
    }
  }
}
