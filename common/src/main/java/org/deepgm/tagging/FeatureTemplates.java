package org.deepgm.tagging;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deepgm.math.RandomStream;

/**
 * Features of a token from the columns of the tokens around it. A template is a list of parts
 * {@code column[offset]}, separated by blanks: {@code pos[-1] pos[0]} is one feature for each pair
 * of values that occurs. Beyond the sequence stands a value of its own. Features are hashed into
 * rows (Weinberger et al. 2009, arXiv:0902.2206).
 *
 * @param columns names of the columns
 * @param templates the features
 * @param rows of the weight matrix
 */
public record FeatureTemplates(List<String> columns, List<String> templates, int rows)
    implements Serializable {
  private static final Pattern PART = Pattern.compile("([A-Za-z0-9_-]+)\\[([+-]?\\d{1,3})\\]");

  /** Checks that every template can be read, and the ranges. */
  public FeatureTemplates {
    columns = List.copyOf(columns);
    templates = List.copyOf(templates);
    if (rows < 1) {
      throw new IllegalArgumentException("Expected tagging.rows >= 1, found " + rows);
    }
    for (String template : templates) {
      parse(columns, template);
    }
  }

  /** The last column is the label, which no feature may read. */
  void refuseLabel() {
    if (columns.isEmpty() || columns.stream().distinct().count() < columns.size()) {
      throw new IllegalArgumentException(
          "Expected distinct names, at least one, in tagging.columns, found " + columns);
    }
    for (String template : templates) {
      for (int[] part : parse(columns, template)) {
        if (part[0] == columns.size() - 1) {
          throw new IllegalArgumentException(
              "Expected no feature of the last column, "
                  + columns.get(part[0])
                  + ", which is the label, in tagging.templates, found "
                  + template);
        }
      }
    }
  }

  /** Columns and offsets of a template, [parts][2]. */
  private static int[][] parse(List<String> columns, String template) {
    List<int[]> parts = new ArrayList<>();
    for (String word : template.strip().split("\\s+")) {
      Matcher m = PART.matcher(word);
      if (!m.matches() || columns.indexOf(m.group(1)) < 0) {
        throw new IllegalArgumentException(
            "Expected parts column[offset] with a column of "
                + String.join(", ", columns)
                + " in tagging.templates, found "
                + template);
      }
      parts.add(new int[] {columns.indexOf(m.group(1)), Integer.parseInt(m.group(2))});
    }
    return parts.toArray(int[][]::new);
  }

  /**
   * The rows of every token, [T][templates + 1]; the first row of a token is one that all share.
   *
   * @param tokens [T][columns], at least the columns that templates name
   */
  public int[][] rows(String[][] tokens) {
    int[][] parsed = new int[0][];
    int[][] out = new int[tokens.length][templates.size() + 1];
    for (int i = 0; i < templates.size(); i++) {
      parsed = parse(columns, templates.get(i));
      for (int t = 0; t < tokens.length; t++) {
        StringBuilder value = new StringBuilder().append(i);
        for (int[] part : parsed) {
          int at = t + part[1];
          value.append('\t');
          if (at < 0) {
            value.append("\u0001").append(at);
          } else if (at >= tokens.length) {
            value.append("\u0002").append(at - tokens.length);
          } else {
            value.append(tokens[at][part[0]]);
          }
        }
        out[t][i + 1] = row(value.toString());
      }
    }
    for (int[] token : out) {
      token[0] = row("every token");
    }
    return out;
  }

  private int row(String feature) {
    return (int) ((RandomStream.key(feature) >>> 1) % rows);
  }
}
