package org.deepgm.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.cky.SpanScores;
import org.deepgm.dataset.ParsingData.Record;
import org.deepgm.dataset.ParsingData.Sentence;
import org.deepgm.parsing.BracketScores;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.parsing.Tree;
import org.deepgm.prediction.ParsingJob;

/**
 * What a report shows of a parser: scores, and of the sentences that it parses worst, in the middle
 * and best the gold tree beside the one found, with its wrong brackets, and the marginals of all
 * spans.
 */
public final class TreeExamples {
  /** Longer sentences do not fit a page. */
  private static final int MOST_WORDS = 40;

  private record Score(String id, double f1) implements Serializable {}

  private TreeExamples() {}

  /** The tiles and examples of a model on gold trees. */
  public static ObjectNode of(
      JavaSparkContext context,
      JavaRDD<Sentence> sentences,
      ParsingModel model,
      Parser.Decoding how) {
    context.setJobDescription("trees of the report");
    ParsingJob.Result result =
        ParsingJob.evaluate(context, sentences.map(s -> new Record(s, null)), model, how);
    ObjectNode root = Page.MAPPER.createObjectNode();
    root.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + (model.labels().chains().size() - 1)
            + " labels, "
            + model.labels().tags().size()
            + " tags, "
            + model.spec().layers().size()
            + " hidden layers; deepgm "
            + model.library());
    BracketScores scores = result.scores();
    ArrayNode tiles = root.putArray("tiles");
    Page.tile(tiles, "%.1f", 100 * scores.f1(), "bracket F1");
    Page.tile(tiles, "%.1f %%", 100 * scores.recall(), "of gold brackets found");
    Page.tile(tiles, "%.1f %%", 100 * scores.precision(), "of found brackets right");
    Page.tile(tiles, "%.1f %%", 100 * scores.exact(), "of sentences all right");
    Page.tile(tiles, "%.1f %%", 100 * scores.tagging(), "of tags right");
    Page.tile(tiles, "%.3f", result.meanLoss(), "loss, nats a word");
    Page.tile(tiles, "%.0f", scores.sentences().size(), "sentences scored");
    examples(root.putArray("trees"), context, sentences, model, how);
    return root;
  }

  private static String[] words(Tree tree) {
    return tree.leaves().stream().map(Tree::word).toArray(String[]::new);
  }

  private static void examples(
      ArrayNode out,
      JavaSparkContext context,
      JavaRDD<Sentence> sentences,
      ParsingModel model,
      Parser.Decoding how) {
    Broadcast<ParsingModel> broadcast = context.broadcast(model);
    List<Score> scores;
    try {
      scores =
          new ArrayList<>(
              sentences
                  .filter(s -> s.tree().leaves().size() <= MOST_WORDS)
                  .mapPartitions(
                      it -> {
                        Parser parser = broadcast.value().parser();
                        List<Score> found = new ArrayList<>();
                        while (it.hasNext()) {
                          Sentence s = it.next();
                          Tree tree = parser.parse(words(s.tree()), how);
                          found.add(new Score(s.id(), BracketScores.f1(s.tree(), tree)));
                        }
                        return found.iterator();
                      })
                  .collect());
    } finally {
      broadcast.destroy();
    }
    scores.sort(Comparator.comparingDouble(Score::f1).thenComparing(Score::id));
    Map<String, String> ranks = Ranks.of(scores.stream().map(Score::id).toList());
    Map<String, Sentence> shown = new HashMap<>();
    sentences.filter(s -> ranks.containsKey(s.id())).collect().forEach(s -> shown.put(s.id(), s));
    Parser parser = model.parser();
    ranks.forEach((id, rank) -> example(out.addObject(), rank, shown.get(id), parser, model, how));
  }

  private static void example(
      ObjectNode node,
      String rank,
      Sentence sentence,
      Parser parser,
      ParsingModel model,
      Parser.Decoding how) {
    String[] words = words(sentence.tree());
    SpanScores scores = parser.scores(words);
    Tree found = parser.tree(words, scores, how);
    node.put("rank", rank).put("id", sentence.id());
    node.put("f1", BracketScores.f1(sentence.tree(), found));
    node.set("gold", tree(sentence.tree(), found));
    node.set("found", tree(found, sentence.tree()));
    double[] p = parser.marginals(scores);
    ArrayNode rows = node.putArray("marginals");
    for (int i = 0; i < words.length; i++) {
      ArrayNode row = rows.addArray();
      for (int j = i + 1; j <= words.length; j++) {
        int chains = model.labels().chains().size();
        int at = (i * (words.length + 1) + j) * chains;
        double sum = 0;
        int best = 1;
        for (int l = 1; l < chains; l++) {
          sum += p[at + l];
          best = p[at + l] > p[at + best] ? l : best;
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
    ObjectNode node = Page.MAPPER.createObjectNode();
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
