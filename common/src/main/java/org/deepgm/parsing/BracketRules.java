package org.deepgm.parsing;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What bracket scoring leaves out and takes as equal, as evalb's parameter files say it.
 *
 * @param deleted labels of brackets and words that do not count
 * @param deletedForLength labels of words that do not count in a sentence's length
 * @param equalLabels pairs of labels
 * @param equalWords pairs of words
 * @param cutoff length of the sentences of the second summary
 */
public record BracketRules(
    Set<String> deleted,
    Set<String> deletedForLength,
    List<List<String>> equalLabels,
    List<List<String>> equalWords,
    int cutoff)
    implements Serializable {

  /** The rules by which parsers are compared: no punctuation, ADVP and PRT alike. */
  public static final BracketRules COLLINS =
      new BracketRules(
          Set.of("TOP", "-NONE-", ",", ":", "``", "''", "."),
          Set.of("-NONE-"),
          List.of(List.of("ADVP", "PRT")),
          List.of(),
          40);

  /** Reads a parameter file; keys that are not about scores are passed over. */
  public static BracketRules parse(String text) {
    Set<String> deleted = new TreeSet<>();
    Set<String> forLength = new TreeSet<>();
    List<List<String>> labels = new ArrayList<>();
    List<List<String>> words = new ArrayList<>();
    int cutoff = 40;
    for (String line : text.lines().toList()) {
      String[] parts = line.strip().split("\\s+");
      if (line.startsWith("#") || parts.length < 2) {
        continue;
      }
      switch (parts[0]) {
        case "DELETE_LABEL" -> deleted.add(parts[1]);
        case "DELETE_LABEL_FOR_LENGTH" -> forLength.add(parts[1]);
        case "EQ_LABEL" -> labels.add(List.of(parts[1], parts[2]));
        case "EQ_WORD" -> words.add(List.of(parts[1], parts[2]));
        case "CUTOFF_LEN" -> cutoff = Integer.parseInt(parts[1]);
        default -> {
          // DEBUG, MAX_ERROR, LABELED.
        }
      }
    }
    return new BracketRules(deleted, forLength, labels, words, cutoff);
  }

  boolean sameLabel(String a, String b) {
    return same(a, b, equalLabels);
  }

  boolean sameWord(String a, String b) {
    return same(a, b, equalWords);
  }

  private static boolean same(String a, String b, List<List<String>> equal) {
    return a.equals(b) || equal.stream().anyMatch(pair -> pair.contains(a) && pair.contains(b));
  }
}
