package org.deepgm.parsing;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * Labelled bracket recall and precision, exact match, crossing brackets and tagging accuracy, as
 * evalb defines and prints them (Sekine, Collins 1997; Black et al. 1991).
 *
 * <p>Words and brackets of deleted labels do not count, nor do brackets without words; of a label
 * what stands before the first - or =. A sentence whose words differ is an error, one without a
 * tree is skipped; both are counted.
 */
public final class BracketScores implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String RULE =
      "============================================================================";

  /** How a sentence ended. */
  public enum Status {
    /** It was scored. */
    VALID,
    /** Its words are not those of the gold tree. */
    ERROR,
    /** There was no tree. */
    SKIPPED
  }

  /**
   * The counts of a sentence.
   *
   * @param length words but those without length
   * @param words words that count
   */
  public record Sentence(
      Status status, int length, int matched, int gold, int test, int crossing, int words, int tags)
      implements Serializable {}

  private record Bracket(String label, int begin, int end) {}

  private record Reduced(List<Tree> words, List<Bracket> brackets, int length) {}

  private final BracketRules rules;
  private final boolean goldTags;
  private final List<Sentence> sentences = new ArrayList<>();

  /** Nothing counted yet; each tree's own tags say which of its words count, as in evalb. */
  public BracketScores(BracketRules rules) {
    this(rules, false);
  }

  /**
   * Nothing counted yet.
   *
   * @param goldTags whether the gold tags say which words count in both trees: a parser that gives
   *     a wrong tag to a comma is then scored like any other, where evalb calls it an error and
   *     leaves the sentence out
   */
  public BracketScores(BracketRules rules, boolean goldTags) {
    this.rules = rules;
    this.goldTags = goldTags;
  }

  /** Counts a sentence; trees of a line, most often one. */
  public Sentence add(List<Tree> gold, List<Tree> test) {
    List<Tree> leaves = leaves(gold);
    boolean decide = goldTags && leaves.size() == leaves(test).size();
    Sentence sentence = compare(reduce(gold, null), reduce(test, decide ? leaves : null));
    sentences.add(sentence);
    return sentence;
  }

  private static List<Tree> leaves(List<Tree> trees) {
    return trees.stream().flatMap(t -> t.leaves().stream()).toList();
  }

  /**
   * F1 of one tree by {@link BracketRules#COLLINS}, words counted by the gold tags; 1 where there
   * is no bracket to find and none was found.
   */
  public static double f1(Tree gold, Tree test) {
    BracketScores scores = new BracketScores(BracketRules.COLLINS, true);
    Sentence sentence = scores.add(List.of(gold), List.of(test));
    return sentence.gold() + sentence.test() == 0 ? 1 : scores.f1();
  }

  /** Counts the sentences of another behind those counted. */
  public BracketScores merge(BracketScores other) {
    sentences.addAll(other.sentences);
    return this;
  }

  /** Share of words with the right tag. */
  public double tagging() {
    Total t = total(Integer.MAX_VALUE);
    return percent(t.tags(), t.words()) / 100;
  }

  /** Share of scored sentences all of whose brackets are right. */
  public double exact() {
    Total t = total(Integer.MAX_VALUE);
    return percent(t.complete(), t.valid()) / 100;
  }

  /** Crossing brackets a scored sentence. */
  public double crossing() {
    Total t = total(Integer.MAX_VALUE);
    return t.valid() == 0 ? 0 : (double) t.crossing() / t.valid();
  }

  /** The sentences in their order. */
  public List<Sentence> sentences() {
    return List.copyOf(sentences);
  }

  /** What counts of trees; the tags of {@code deciding} say of which words, if it is not null. */
  private Reduced reduce(List<Tree> trees, List<Tree> deciding) {
    List<Tree> words = new ArrayList<>();
    List<Bracket> brackets = new ArrayList<>();
    Iterator<Tree> tags = (deciding == null ? leaves(trees) : deciding).iterator();
    int[] length = new int[1];
    for (Tree tree : trees) {
      reduce(tree, tags, words, brackets, length);
    }
    return new Reduced(words, brackets, length[0]);
  }

  private void reduce(
      Tree tree, Iterator<Tree> tags, List<Tree> words, List<Bracket> brackets, int[] length) {
    if (tree.isLeaf()) {
      String tag = tags.next().label();
      length[0] += rules.deletedForLength().contains(tag) ? 0 : 1;
      if (!rules.deleted().contains(tag)) {
        words.add(tree);
      }
      return;
    }
    int begin = words.size();
    int place = brackets.size();
    for (Tree child : tree.children()) {
      reduce(child, tags, words, brackets, length);
    }
    String label = tree.label().replaceAll("[-=].*", "");
    boolean counts =
        words.size() > begin && rules.deleted().stream().noneMatch(d -> rules.sameLabel(label, d));
    if (counts) {
      // Outer brackets stand before inner ones: equal spans match in this order.
      brackets.add(place, new Bracket(label, begin, words.size()));
    }
  }

  private Sentence compare(Reduced gold, Reduced test) {
    int words = gold.words().size();
    if (test.words().isEmpty()) {
      return new Sentence(Status.SKIPPED, gold.length(), 0, 0, 0, 0, words, 0);
    }
    boolean same = words == test.words().size();
    int tags = 0;
    for (int i = 0; same && i < words; i++) {
      Tree a = gold.words().get(i);
      Tree b = test.words().get(i);
      same = rules.sameWord(a.word(), b.word());
      tags += rules.sameLabel(a.label(), b.label()) ? 1 : 0;
    }
    if (!same) {
      return new Sentence(Status.ERROR, gold.length(), 0, 0, 0, 0, words, 0);
    }
    return new Sentence(
        Status.VALID,
        gold.length(),
        matched(gold.brackets(), test.brackets()),
        gold.brackets().size(),
        test.brackets().size(),
        crossing(gold.brackets(), test.brackets()),
        words,
        tags);
  }

  private int matched(List<Bracket> gold, List<Bracket> test) {
    List<Bracket> left = new ArrayList<>(test);
    int matched = 0;
    for (Bracket g : gold) {
      for (int i = 0; i < left.size(); i++) {
        Bracket t = left.get(i);
        if (g.begin() == t.begin() && g.end() == t.end() && rules.sameLabel(g.label(), t.label())) {
          left.remove(i);
          matched++;
          break;
        }
      }
    }
    return matched;
  }

  /** Brackets of the test tree that cross one of the gold tree. */
  private static int crossing(List<Bracket> gold, List<Bracket> test) {
    int crossing = 0;
    for (Bracket t : test) {
      boolean crosses = false;
      for (Bracket g : gold) {
        crosses |=
            g.begin() < t.begin() && t.begin() < g.end() && g.end() < t.end()
                || t.begin() < g.begin() && g.begin() < t.end() && t.end() < g.end();
      }
      crossing += crosses ? 1 : 0;
    }
    return crossing;
  }

  private record Total(
      int sentences,
      int errors,
      int skipped,
      int valid,
      int matched,
      int gold,
      int test,
      int complete,
      int crossing,
      int uncrossed,
      int few,
      int words,
      int tags) {}

  private Total total(int longest) {
    int[] n = new int[13];
    for (Sentence s : sentences) {
      if (s.length() > longest) {
        continue;
      }
      n[0]++;
      n[1] += s.status() == Status.ERROR ? 1 : 0;
      n[2] += s.status() == Status.SKIPPED ? 1 : 0;
      if (s.status() == Status.VALID) {
        n[3]++;
        n[4] += s.matched();
        n[5] += s.gold();
        n[6] += s.test();
        n[7] += s.matched() == s.gold() && s.matched() == s.test() ? 1 : 0;
        n[8] += s.crossing();
        n[9] += s.crossing() == 0 ? 1 : 0;
        n[10] += s.crossing() <= 2 ? 1 : 0;
        n[11] += s.words();
        n[12] += s.tags();
      }
    }
    return new Total(
        n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12]);
  }

  private static double percent(int part, int whole) {
    return whole == 0 ? 0 : 100.0 * part / whole;
  }

  /** Share of gold brackets that were found. */
  public double recall() {
    Total t = total(Integer.MAX_VALUE);
    return percent(t.matched(), t.gold()) / 100;
  }

  /** Share of found brackets that are gold. */
  public double precision() {
    Total t = total(Integer.MAX_VALUE);
    return percent(t.matched(), t.test()) / 100;
  }

  /** Harmonic mean of recall and precision. */
  public double f1() {
    Total t = total(Integer.MAX_VALUE);
    return percent(2 * t.matched(), t.gold() + t.test()) / 100;
  }

  /** The table of evalb, a line a sentence and two summaries. */
  public String table() {
    StringBuilder out = new StringBuilder();
    line(out, "  Sent.                        Matched  Bracket   Cross        Correct Tag");
    line(out, " ID  Len.  Stat. Recal  Prec.  Bracket gold test Bracket Words  Tags Accracy");
    line(out, RULE);
    for (int i = 0; i < sentences.size(); i++) {
      Sentence s = sentences.get(i);
      line(
          out,
          String.format(
              Locale.ROOT,
              "%4d  %3d    %d  %6.2f %6.2f   %3d    %3d  %3d    %3d    %3d   %3d   %6.2f",
              i + 1,
              s.length(),
              s.status().ordinal(),
              percent(s.matched(), s.gold()),
              percent(s.matched(), s.test()),
              s.matched(),
              s.gold(),
              s.test(),
              s.crossing(),
              s.words(),
              s.tags(),
              percent(s.tags(), s.words())));
    }
    line(out, RULE);
    Total all = total(Integer.MAX_VALUE);
    // In the column of crossing brackets evalb sums up the sentences without one.
    line(
        out,
        String.format(
            Locale.ROOT,
            "                %6.2f %6.2f %6d %6d %4d %6d %6d %5d   %6.2f",
            percent(all.matched(), all.gold()),
            percent(all.matched(), all.test()),
            all.matched(),
            all.gold(),
            all.test(),
            all.uncrossed(),
            all.words(),
            all.tags(),
            percent(all.tags(), all.words())));
    line(out, "=== Summary ===");
    summary(out, "-- All --", all);
    summary(out, "-- len<=" + rules.cutoff() + " --", total(rules.cutoff()));
    return out.toString();
  }

  private static void line(StringBuilder out, String line) {
    out.append(line).append('\n');
  }

  private static void summary(StringBuilder out, String title, Total t) {
    line(out, "");
    line(out, title);
    line(out, String.format(Locale.ROOT, "Number of sentence        = %6d", t.sentences()));
    line(out, String.format(Locale.ROOT, "Number of Error sentence  = %6d", t.errors()));
    line(out, String.format(Locale.ROOT, "Number of Skip  sentence  = %6d", t.skipped()));
    line(out, String.format(Locale.ROOT, "Number of Valid sentence  = %6d", t.valid()));
    share(out, "Bracketing Recall  ", percent(t.matched(), t.gold()));
    share(out, "Bracketing Precision", percent(t.matched(), t.test()));
    share(out, "Complete match", percent(t.complete(), t.valid()));
    share(out, "Average crossing", t.valid() == 0 ? 0 : (double) t.crossing() / t.valid());
    share(out, "No crossing", percent(t.uncrossed(), t.valid()));
    share(out, "2 or less crossing", percent(t.few(), t.valid()));
    share(out, "Tagging accuracy", percent(t.tags(), t.words()));
  }

  private static void share(StringBuilder out, String name, double value) {
    line(out, String.format(Locale.ROOT, "%-25s = %6.2f", name.strip(), value));
  }
}
