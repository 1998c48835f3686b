package org.deepgm.ctc;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A word list as a tree of symbols, and bigram scores of the words: P(w | v) = (c(v, w) + t(v)
 * P(w)) / (c(v) + t(v)) with t(v) different words after v, and P(w) from counts with one added
 * (Witten, Bell 1991, doi:10.1109/18.87000). Sentences begin and end with a mark of their own.
 */
public final class Lexicon {
  /** The word before the first and after the last. */
  static final int EDGE = 0;

  private final int separator;
  private final List<TreeMap<Integer, Integer>> children = new ArrayList<>();
  private final List<Integer> wordAt = new ArrayList<>();
  private final Map<Long, Integer> pairs = new HashMap<>();
  private final Map<List<Integer>, Integer> ids = new HashMap<>();
  private double[] unigram = new double[1];
  private int[] after = new int[1];
  private int[] different = new int[1];
  private double total;

  /**
   * Counts words and pairs of words.
   *
   * @param transcriptions of the training data, symbols
   * @param separator the symbol between words
   */
  public Lexicon(List<int[]> transcriptions, int separator) {
    this.separator = separator;
    addNode();
    for (int[] transcription : transcriptions) {
      int before = EDGE;
      for (List<Integer> word : words(transcription)) {
        int id = ids.computeIfAbsent(word, w -> ids.size() + 1);
        insert(word, id);
        count(before, id);
        before = id;
      }
      count(before, EDGE);
    }
  }

  private List<List<Integer>> words(int[] transcription) {
    List<List<Integer>> words = new ArrayList<>();
    List<Integer> word = new ArrayList<>();
    for (int i = 0; i <= transcription.length; i++) {
      if (i < transcription.length && transcription[i] != separator) {
        word.add(transcription[i]);
      } else if (!word.isEmpty()) {
        words.add(word);
        word = new ArrayList<>();
      }
    }
    return words;
  }

  private int addNode() {
    children.add(new TreeMap<>());
    wordAt.add(-1);
    return children.size() - 1;
  }

  private void insert(List<Integer> word, int id) {
    int node = 0;
    for (int symbol : word) {
      Integer next = children.get(node).get(symbol);
      if (next == null) {
        next = addNode();
        children.get(node).put(symbol, next);
      }
      node = next;
    }
    wordAt.set(node, id);
  }

  private void count(int before, int word) {
    int most = Math.max(before, word) + 1;
    if (unigram.length < most) {
      unigram = Arrays.copyOf(unigram, 2 * most);
      after = Arrays.copyOf(after, 2 * most);
      different = Arrays.copyOf(different, 2 * most);
    }
    unigram[word]++;
    total++;
    after[before]++;
    if (pairs.merge((long) before << 32 | word, 1, Integer::sum) == 1) {
      different[before]++;
    }
  }

  /** Different words. */
  public int size() {
    return ids.size();
  }

  /** The symbol between words. */
  int separator() {
    return separator;
  }

  /** The node that a symbol leads to, or -1 where no word goes on so; node 0 is the start. */
  int next(int node, int symbol) {
    return children.get(node).getOrDefault(symbol, -1);
  }

  /** The word that ends at a node, or -1. */
  int word(int node) {
    return wordAt.get(node);
  }

  /** ln P(word | the word before), nats. */
  double score(int before, int word) {
    double alone = (unigram[word] + 1) / (total + ids.size() + 1);
    double pair = pairs.getOrDefault((long) before << 32 | word, 0);
    double back = different[before] == 0 ? 1 : different[before];
    return StrictMath.log((pair + back * alone) / (after[before] + back));
  }
}
