package org.deepgm.field;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.deepgm.image.InputException;

/**
 * The text format of the UAI inference competitions: MARKOV and BAYES networks, evidence, and the
 * solutions PR, MAR and MAP. Tables list the last variable of a factor fastest.
 */
public final class UaiFormat {
  private UaiFormat() {}

  /**
   * Reads a network. A BAYES network is the same list of tables: its factors are the conditional
   * distributions.
   *
   * @param place how messages name the file
   * @throws InputException with the line and the reason
   */
  public static FactorGraph network(String text, String place) {
    Words words = new Words(text, place);
    String type = words.next("MARKOV or BAYES").toUpperCase(Locale.ROOT);
    if (!type.equals("MARKOV") && !type.equals("BAYES")) {
      throw words.fault("MARKOV or BAYES", type);
    }
    int[] cardinalities = new int[words.integer("the number of variables", 0, 10_000_000)];
    for (int v = 0; v < cardinalities.length; v++) {
      cardinalities[v] = words.integer("the number of labels of variable " + v, 1, 1_000_000);
    }
    int count = words.integer("the number of factors", 0, 100_000_000);
    List<int[]> scopes = new ArrayList<>();
    for (int f = 0; f < count; f++) {
      int[] scope =
          new int[words.integer("the arity of factor " + f, 0, Math.max(0, cardinalities.length))];
      for (int i = 0; i < scope.length; i++) {
        scope[i] = words.integer("a variable of factor " + f, 0, cardinalities.length - 1);
        for (int j = 0; j < i; j++) {
          if (scope[j] == scope[i]) {
            throw words.fault("each variable once in factor " + f, scope[i] + " twice");
          }
        }
      }
      scopes.add(scope);
    }
    List<Factor> factors = new ArrayList<>();
    for (int f = 0; f < count; f++) {
      long size = 1;
      for (int v : scopes.get(f)) {
        size = Math.min(size * cardinalities[v], 1L << 40);
      }
      long entries = words.integer("the number of entries of factor " + f, 0, Integer.MAX_VALUE);
      if (entries != size) {
        throw words.fault(size + " entries in the table of factor " + f, "" + entries);
      }
      double[] table = new double[(int) size];
      for (int i = 0; i < table.length; i++) {
        table[i] = StrictMath.log(words.number("an entry of factor " + f));
      }
      factors.add(new Factor(scopes.get(f), table));
    }
    words.end();
    return new FactorGraph(cardinalities, factors);
  }

  /** Reads evidence: a count, then pairs of variable and label; an empty file is none. */
  public static Map<Integer, Integer> evidence(String text, String place) {
    Words words = new Words(text, place);
    Map<Integer, Integer> evidence = new TreeMap<>();
    if (words.atEnd()) {
      return evidence;
    }
    int count = words.integer("the number of observed variables", 0, Integer.MAX_VALUE);
    for (int i = 0; i < count; i++) {
      int variable = words.integer("an observed variable", 0, Integer.MAX_VALUE);
      evidence.put(variable, words.integer("its label", 0, Integer.MAX_VALUE));
    }
    words.end();
    return evidence;
  }

  /** PR: log10 Z. */
  public static String partition(double logPartition) {
    return "PR\n" + number(logPartition / StrictMath.log(10)) + "\n";
  }

  /** MAR: the number of variables, then for each its number of labels and their probabilities. */
  public static String marginals(double[][] marginals) {
    StringBuilder out = new StringBuilder("MAR\n").append(marginals.length);
    for (double[] q : marginals) {
      out.append(' ').append(q.length);
      for (double p : q) {
        out.append(' ').append(number(p));
      }
    }
    return out.append('\n').toString();
  }

  /** MAP: the number of variables, then the label of each. */
  public static String labelling(int[] labels) {
    StringBuilder out = new StringBuilder("MAP\n").append(labels.length);
    for (int label : labels) {
      out.append(' ').append(label);
    }
    return out.append('\n').toString();
  }

  private static String number(double value) {
    return Double.isInfinite(value)
        ? (value < 0 ? "-inf" : "inf")
        : String.format(Locale.ROOT, "%.9g", value);
  }

  /** Words of a text with the lines that they stand on. */
  private static final class Words {
    private final String text;
    private final String place;
    private int at;
    private int line = 1;
    private int wordLine = 1;

    Words(String text, String place) {
      this.text = text;
      this.place = place;
    }

    private void skip() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        line += text.charAt(at++) == '\n' ? 1 : 0;
      }
    }

    boolean atEnd() {
      skip();
      return at == text.length();
    }

    String next(String expected) {
      skip();
      wordLine = line;
      if (at == text.length()) {
        throw fault(expected, "the end of the file");
      }
      int from = at;
      while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return text.substring(from, at);
    }

    int integer(String expected, int least, int most) {
      String word = next(expected);
      try {
        int value = Integer.parseInt(word);
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        throw fault(expected, word);
      }
      throw fault(expected + " in " + least + ".." + most, word);
    }

    double number(String expected) {
      String word = next(expected);
      double value;
      try {
        value = Double.parseDouble(word);
      } catch (NumberFormatException e) {
        throw fault(expected, word);
      }
      if (!(value >= 0) || Double.isInfinite(value)) {
        throw fault(expected + ", finite and not negative", word);
      }
      return value;
    }

    void end() {
      if (!atEnd()) {
        throw fault("the end of the file", next(""));
      }
    }

    InputException fault(String expected, String found) {
      return new InputException(
          place + ", line " + wordLine + ": expected " + expected + ", found " + found);
    }
  }
}
