package org.deepgm.transcription;

import java.io.Serializable;
import java.util.List;

/**
 * Errors of transcriptions: fewest substitutions, insertions and deletions that make one sequence
 * of the other (Levenshtein 1966), summed over utterances. The error rate is their number by that
 * of the reference's items; it may exceed 1.
 */
public final class EditDistance implements Serializable {
  private static final long serialVersionUID = 1L;

  private long substitutions;
  private long insertions;
  private long deletions;
  private long reference;
  private long sequences;
  private long wrongSequences;

  /** Counts a pair. */
  public <T> void add(List<T> gold, List<T> found) {
    int[][] cost = new int[gold.size() + 1][found.size() + 1];
    for (int i = 0; i <= gold.size(); i++) {
      for (int j = 0; j <= found.size(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int swap = cost[i - 1][j - 1] + (gold.get(i - 1).equals(found.get(j - 1)) ? 0 : 1);
        cost[i][j] = Math.min(swap, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
      }
    }
    int i = gold.size();
    int j = found.size();
    while (i > 0 || j > 0) {
      boolean same = i > 0 && j > 0 && gold.get(i - 1).equals(found.get(j - 1));
      if (i > 0 && j > 0 && cost[i][j] == cost[i - 1][j - 1] + (same ? 0 : 1)) {
        substitutions += same ? 0 : 1;
        i--;
        j--;
      } else if (i > 0 && cost[i][j] == cost[i - 1][j] + 1) {
        deletions++;
        i--;
      } else {
        insertions++;
        j--;
      }
    }
    reference += gold.size();
    sequences++;
    wrongSequences += gold.equals(found) ? 0 : 1;
  }

  /** Adds the counts of another. */
  public EditDistance merge(EditDistance other) {
    substitutions += other.substitutions;
    insertions += other.insertions;
    deletions += other.deletions;
    reference += other.reference;
    sequences += other.sequences;
    wrongSequences += other.wrongSequences;
    return this;
  }

  /** Items of the reference. */
  public long reference() {
    return reference;
  }

  /** Items that are another. */
  public long substitutions() {
    return substitutions;
  }

  /** Items too many. */
  public long insertions() {
    return insertions;
  }

  /** Items that are missing. */
  public long deletions() {
    return deletions;
  }

  /** Pairs counted. */
  public long sequences() {
    return sequences;
  }

  /** Errors by items of the reference; NaN without any. */
  public double rate() {
    return (double) (substitutions + insertions + deletions) / reference;
  }

  /** Share of pairs that are not equal; NaN without any. */
  public double sequenceRate() {
    return (double) wrongSequences / sequences;
  }
}
