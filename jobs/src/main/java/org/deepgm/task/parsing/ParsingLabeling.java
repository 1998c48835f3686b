package org.deepgm.task.parsing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.deepgm.cky.SpanPlanes;
import org.deepgm.fault.RecordException;
import org.deepgm.parsing.BracketScores;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.parsing.Tree;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;

/**
 * How a parser labels.
 *
 * @param model the parser
 * @param how which tree is taken
 */
record ParsingLabeling(ParsingModel model, Parser.Decoding how)
    implements Labeling<Sentence, ParsingScores> {
  /** Longer sentences do not fit a page. */
  private static final int MOST_WORDS = 40;

  @Override
  public ParsingScores scores() {
    return new ParsingScores();
  }

  @Override
  public String identity() {
    return how.name();
  }

  @Override
  public Labeler<Sentence, ParsingScores> labeler() {
    Parser parser = model.parser();
    return new Labeler<>() {
      private Sentence sentence;
      private SpanPlanes spans;
      private Tree found;

      @Override
      public void label(Sentence record) {
        sentence = record;
        found = null;
        if (record.words().length > 0) {
          spans = parser.scores(record.words());
          found = parser.tree(record.words(), spans, how);
        }
      }

      /** A line a line of the input. */
      @Override
      public String text() {
        return (found == null ? "" : found) + "\n";
      }

      @Override
      public Object[] cells() {
        return new Object[] {
          sentence.id(), String.join(" ", sentence.words()), found == null ? null : found.toString()
        };
      }

      @Override
      public void score(ParsingScores scores) {
        scores.add(sentence.tree(), found);
        try {
          scores.addLoss(
              parser.loss(spans, parser.known(sentence.id(), sentence.tree())),
              sentence.words().length);
        } catch (RecordException e) {
          scores.addUnknown();
        }
      }

      @Override
      public double quality() {
        return sentence.words().length > MOST_WORDS
            ? Double.NaN
            : BracketScores.f1(sentence.tree(), found);
      }

      @Override
      public void show(ObjectNode node) {
        node.put("f1", BracketScores.f1(sentence.tree(), found));
        node.set("gold", tree(sentence.tree(), found));
        node.set("found", tree(found, sentence.tree()));
        marginals(node.putArray("marginals"), parser.marginals(spans), sentence.words().length);
      }
    };
  }

  /** Of every span the probability that it is a constituent, and its likeliest label. */
  private void marginals(ArrayNode rows, SpanPlanes p, int words) {
    int chains = model.labels().chains().size();
    for (int i = 0; i < words; i++) {
      ArrayNode row = rows.addArray();
      for (int j = i + 1; j <= words; j++) {
        double sum = 0;
        int best = 1;
        for (int l = 1; l < chains; l++) {
          sum += p.get(i, j, l);
          best = p.get(i, j, l) > p.get(i, j, best) ? l : best;
        }
        row.addArray().add(Math.round(1000 * sum) / 1000.0).add(model.labels().chains().get(best));
      }
    }
  }

  /** A tree, its brackets marked that the other has not. */
  private static ObjectNode tree(Tree tree, Tree other) {
    Map<String, Integer> left = new HashMap<>();
    count(other, 0, left);
    return mark(tree, 0, left);
  }

  private static int count(Tree tree, int begin, Map<String, Integer> counts) {
    int end = begin + (tree.isLeaf() ? 1 : 0);
    for (Tree child : tree.children()) {
      end = count(child, end, counts);
    }
    counts.merge(tree.label() + " " + begin + " " + end, 1, Integer::sum);
    return end;
  }

  private static ObjectNode mark(Tree tree, int begin, Map<String, Integer> left) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    String key = tree.label() + " " + begin + " " + (begin + tree.leaves().size());
    boolean same = left.getOrDefault(key, 0) > 0;
    left.merge(key, -1, Integer::sum);
    node.put("label", tree.label()).put("wrong", !same);
    if (tree.isLeaf()) {
      node.put("word", tree.word());
      return node;
    }
    ArrayNode children = node.putArray("children");
    int at = begin;
    for (Tree child : tree.children()) {
      children.add(mark(child, at, left));
      at += child.leaves().size();
    }
    return node;
  }
}
