package org.deepgm.ctc;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.deepgm.math.LogSpace;

/**
 * Prefix beam search: the transcription of largest ln P + weight ln P_words + bonus words, among
 * the prefixes that a beam of limited width keeps at every frame; all alignments of a prefix are
 * summed (Graves, Jaitly 2014, proceedings.mlr.press/v32/graves14.html; Hannun et al. 2014,
 * arXiv:1408.2873).
 *
 * <p>With a {@link Lexicon} only its words are found and their bigram scores count. With a beam
 * that is wide enough the answer is the exact maximum. Cost: O(T width V).
 */
public final class PrefixBeamSearch {
  private final int width;
  private final Lexicon lexicon;
  private final double weight;
  private final double bonus;

  /**
   * A search.
   *
   * @param width prefixes kept
   * @param lexicon words, or null for any symbols
   * @param weight of the words' scores
   * @param bonus nats a word, against the scores' liking for few words
   */
  public PrefixBeamSearch(int width, Lexicon lexicon, double weight, double bonus) {
    if (width < 1) {
      throw new IllegalArgumentException("Expected a beam of at least 1, found " + width);
    }
    this.width = width;
    this.lexicon = lexicon;
    this.weight = weight;
    this.bonus = bonus;
  }

  /** A transcription with its scores. */
  public record Found(int[] transcription, double score, double logProbability) {}

  private static final class Prefix {
    final Prefix parent;
    final int symbol;
    final int length;
    final int node;
    final int word;
    final double words;
    final TreeMap<Integer, Prefix> children = new TreeMap<>();
    double blank = Double.NEGATIVE_INFINITY;
    double open = Double.NEGATIVE_INFINITY;
    double nextBlank = Double.NEGATIVE_INFINITY;
    double nextOpen = Double.NEGATIVE_INFINITY;
    boolean listed;

    Prefix(Prefix parent, int symbol, int node, int word, double words) {
      this.parent = parent;
      this.symbol = symbol;
      this.node = node;
      this.word = word;
      this.words = words;
      length = parent == null ? 0 : parent.length + 1;
    }

    /** Lets go of a prefix that was lost before it had longer ones: most are. */
    void forget() {
      if (parent != null && children.isEmpty()) {
        parent.children.remove(symbol);
      }
    }

    double total() {
      return LogSpace.add(blank, open);
    }
  }

  /**
   * The best transcription that the beam finds; null where the lexicon allows none of the kept
   * ones.
   */
  public Found search(CtcScores scores) {
    Prefix root = new Prefix(null, -1, 0, Lexicon.EDGE, 0);
    root.blank = 0;
    List<Prefix> beam = new ArrayList<>(List.of(root));
    double[] logs = new double[scores.symbols()];
    for (int t = 0; t < scores.frames(); t++) {
      int at = t * scores.symbols();
      double z = LogSpace.sum(scores.scores(), at, scores.symbols());
      for (int s = 0; s < logs.length; s++) {
        logs[s] = scores.scores()[at + s] - z;
      }
      beam = step(beam, logs, scores.blank());
    }
    Found best = null;
    for (Prefix prefix : beam) {
      double words = finish(prefix);
      double score = prefix.total() + words;
      if (score > Double.NEGATIVE_INFINITY && (best == null || score > best.score())) {
        best = new Found(symbols(prefix), score, prefix.total());
      }
    }
    return best;
  }

  private List<Prefix> step(List<Prefix> beam, double[] logs, int blank) {
    List<Prefix> reached = new ArrayList<>();
    for (Prefix prefix : beam) {
      double total = prefix.total();
      list(prefix, reached);
      prefix.nextBlank = LogSpace.add(prefix.nextBlank, total + logs[blank]);
      for (int s = 0; s < logs.length; s++) {
        if (s == blank) {
          continue;
        }
        boolean same = prefix.parent != null && s == prefix.symbol;
        if (same) {
          prefix.nextOpen = LogSpace.add(prefix.nextOpen, prefix.open + logs[s]);
        }
        Prefix longer = child(prefix, s);
        if (longer != null) {
          list(longer, reached);
          double from = same ? prefix.blank : total;
          longer.nextOpen = LogSpace.add(longer.nextOpen, from + logs[s]);
        }
      }
    }
    for (Prefix prefix : reached) {
      prefix.blank = prefix.nextBlank;
      prefix.open = prefix.nextOpen;
      prefix.nextBlank = Double.NEGATIVE_INFINITY;
      prefix.nextOpen = Double.NEGATIVE_INFINITY;
      prefix.listed = false;
    }
    // A stable sort: equal scores keep the order in which they were reached.
    reached.sort(Comparator.comparingDouble((Prefix p) -> -(p.total() + p.words)));
    for (Prefix lost : reached.subList(Math.min(width, reached.size()), reached.size())) {
      lost.blank = Double.NEGATIVE_INFINITY;
      lost.open = Double.NEGATIVE_INFINITY;
      lost.forget();
    }
    return new ArrayList<>(reached.subList(0, Math.min(width, reached.size())));
  }

  private static void list(Prefix prefix, List<Prefix> reached) {
    if (!prefix.listed) {
      prefix.listed = true;
      reached.add(prefix);
    }
  }

  /** The prefix with one more symbol; null where the lexicon has no such word. */
  private Prefix child(Prefix prefix, int symbol) {
    Prefix known = prefix.children.get(symbol);
    if (known != null) {
      return known;
    }
    Prefix made;
    if (lexicon == null) {
      made = new Prefix(prefix, symbol, 0, Lexicon.EDGE, 0);
    } else if (symbol == lexicon.separator()) {
      int word = lexicon.word(prefix.node);
      if (word < 0) {
        return null;
      }
      double words = prefix.words + weight * lexicon.score(prefix.word, word) + bonus;
      made = new Prefix(prefix, symbol, 0, word, words);
    } else {
      int node = lexicon.next(prefix.node, symbol);
      if (node < 0) {
        return null;
      }
      made = new Prefix(prefix, symbol, node, prefix.word, prefix.words);
    }
    prefix.children.put(symbol, made);
    return made;
  }

  /** Score of the words with the last one finished; negative infinity where it is none. */
  private double finish(Prefix prefix) {
    if (lexicon == null) {
      return 0;
    }
    if (prefix.node == 0) {
      boolean dangling = prefix.parent != null;
      return dangling
          ? Double.NEGATIVE_INFINITY
          : weight * lexicon.score(Lexicon.EDGE, Lexicon.EDGE);
    }
    int word = lexicon.word(prefix.node);
    if (word < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    return prefix.words
        + weight * (lexicon.score(prefix.word, word) + lexicon.score(word, Lexicon.EDGE))
        + bonus;
  }

  private static int[] symbols(Prefix prefix) {
    int[] out = new int[prefix.length];
    for (Prefix p = prefix; p.parent != null; p = p.parent) {
      out[p.length - 1] = p.symbol;
    }
    return Arrays.copyOf(out, out.length);
  }
}
