package org.deepgm.field.graph;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.deepgm.fault.InputException;

/**
 * The text format of the UAI inference competitions: MARKOV and BAYES networks, evidence, and the
 * answers to PR, MAR and MAP. Tables list the last variable of a factor fastest. Comments and a
 * byte order mark are passed over; numbers may be smaller than doubles can be.
 */
public final class UaiFormat {
  /** From a {@code #} to the end of its line, and lines of a {@code c} alone or before a blank. */
  private static final Pattern COMMENT =
      Pattern.compile("#[^\\r\\n]*|(?m)^c(?:[ \\t][^\\r\\n]*)?$");

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
    int[] cardinalities = new int[words.count("the number of variables", 10_000_000)];
    for (int v = 0; v < cardinalities.length; v++) {
      cardinalities[v] = words.integer("the number of labels of variable " + v, 1, 1_000_000);
    }
    int count = words.count("the number of factors", 100_000_000);
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
      BigInteger size = BigInteger.ONE;
      for (int v : scopes.get(f)) {
        size = size.multiply(BigInteger.valueOf(cardinalities[v]));
      }
      double[] table = new double[words.entries(size, f)];
      for (int i = 0; i < table.length; i++) {
        table[i] = words.logarithm("an entry of factor " + f);
      }
      factors.add(new Factor(scopes.get(f), table));
    }
    words.end();
    return new FactorGraph(cardinalities, factors);
  }

  /**
   * Reads evidence: of one sample, or of several.
   *
   * <p>The first line counts samples exactly if it holds one number n >= 1, n lines that are not
   * blank follow, and each of them is a count k and then 2 k numbers. Otherwise the file is one
   * sample: a count, then pairs of variable and label over any lines; an empty file is one without
   * evidence.
   *
   * @return the evidence of each sample
   */
  public static List<Map<Integer, Integer>> evidence(String text, String place) {
    List<String> lines =
        plain(text).lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    if (!countsSamples(lines)) {
      return List.of(sample(text, place));
    }
    List<Map<Integer, Integer>> samples = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      samples.add(sample(line, place + ", sample " + (samples.size() + 1)));
    }
    return samples;
  }

  private static boolean countsSamples(List<String> lines) {
    if (lines.isEmpty() || !lines.get(0).matches("[1-9]\\d{0,8}")) {
      return false;
    }
    boolean counts = Integer.parseInt(lines.get(0)) == lines.size() - 1;
    for (int i = 1; i < lines.size() && counts; i++) {
      String[] numbers = lines.get(i).split("\\s+");
      counts =
          numbers[0].matches("\\d{1,9}") && numbers.length == 1 + 2L * Integer.parseInt(numbers[0]);
    }
    return counts;
  }

  /** Without a byte order mark and comments, which become blanks: lines stay where they are. */
  private static String plain(String text) {
    String marked = text.startsWith("\uFEFF") ? text.substring(1) : text;
    return COMMENT.matcher(marked).replaceAll("");
  }

  private static Map<Integer, Integer> sample(String text, String place) {
    Words words = new Words(text, place);
    Map<Integer, Integer> evidence = new TreeMap<>();
    if (words.atEnd()) {
      return evidence;
    }
    int count = words.integer("the number of observed variables", 0, Integer.MAX_VALUE);
    for (int i = 0; i < count; i++) {
      int variable = words.integer("an observed variable", 0, Integer.MAX_VALUE);
      int label = words.integer("its label", 0, Integer.MAX_VALUE);
      Integer other = evidence.put(variable, label);
      if (other != null && other != label) {
        throw words.fault("one label of variable " + variable, other + " and " + label);
      }
    }
    words.end();
    return evidence;
  }

  /** The answer to PR: log10 Z. */
  public static String partition(double logPartition) {
    return number(logPartition / StrictMath.log(10)) + "\n";
  }

  /**
   * The answer to MAR: the number of variables, then for each its number of labels and their
   * probabilities.
   */
  public static String marginals(double[][] marginals) {
    StringBuilder out = new StringBuilder().append(marginals.length);
    for (double[] q : marginals) {
      out.append(' ').append(q.length);
      for (double p : q) {
        out.append(' ').append(number(p));
      }
    }
    return out.append('\n').toString();
  }

  /** The answer to MAP: the number of variables, then the label of each. */
  public static String labelling(int[] labels) {
    StringBuilder out = new StringBuilder().append(labels.length);
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
      this.text = plain(text);
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

    /** A count of things of which each takes a word and a blank. */
    int count(String expected, int most) {
      int count = integer(expected, 0, most);
      if (count > room()) {
        throw fault(expected + ", at most the " + room() + " words that follow", "" + count);
      }
      return count;
    }

    private int room() {
      return (text.length() - at) / 2 + 1;
    }

    /** The declared number of entries of a table, before memory is taken for them. */
    int entries(BigInteger size, int f) {
      String word = next("the number of entries of factor " + f);
      if (!word.matches("\\d+") || !new BigInteger(word).equals(size)) {
        throw fault(size + " entries in the table of factor " + f, word);
      }
      if (size.compareTo(BigInteger.valueOf(room())) > 0) {
        throw fault(
            "a table of factor " + f + " that fits the rest of the file, " + room() + " words",
            "one of " + size + " entries");
      }
      return size.intValue();
    }

    /** ln of a number that need not fit the range of doubles. */
    double logarithm(String expected) {
      String word = next(expected);
      double value;
      try {
        value = Double.parseDouble(word);
        boolean beyond = value < Double.MIN_NORMAL || Double.isInfinite(value);
        if (beyond && !word.contains("f") && !word.contains("F")) {
          return logarithm(new BigDecimal(word), expected);
        }
      } catch (NumberFormatException e) {
        throw fault(expected, word);
      }
      if (!(value >= 0) || Double.isInfinite(value)) {
        throw fault(expected + ", finite and not negative", word);
      }
      return StrictMath.log(value);
    }

    private double logarithm(BigDecimal value, String expected) {
      if (value.signum() < 0) {
        throw fault(expected + ", finite and not negative", value.toString());
      }
      if (value.signum() == 0) {
        return Double.NEGATIVE_INFINITY;
      }
      int digits = value.precision();
      double mantissa = new BigDecimal(value.unscaledValue(), digits - 1).doubleValue();
      double exponent = digits - 1.0 - value.scale();
      return StrictMath.log(mantissa) + exponent * StrictMath.log(10);
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
