package org.deepgm.parsing;

import java.util.HashMap;
import java.util.Map;
import org.deepgm.cky.Constituents;
import org.deepgm.cky.Grammar;
import org.deepgm.cky.GrammarCky;
import org.deepgm.cky.GrammarMarginals;
import org.deepgm.cky.GrammarScores;
import org.deepgm.cky.SpanScores;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.structure.Inference;

/** The trees that a grammar builds, its rules scored too. */
final class RuleChart implements Chart {
  private final SpanLabels labels;
  private final TreeGrammar grammar;
  private final GrammarCky chart = new GrammarCky();
  private final Map<Grammar.Rule, Integer> index = new HashMap<>();
  private final int offset;
  private final double[] rules;
  private final boolean[] counted;

  RuleChart(ParsingSpec spec, SpanLabels labels, TreeGrammar grammar) {
    this.labels = labels;
    this.grammar = grammar;
    offset = spec.layOut().slice("rule.weight").offset();
    rules = new double[spec.rules()];
    for (Grammar.Rule rule : grammar.grammar().rules()) {
      index.put(rule, index.size());
    }
    counted = new boolean[grammar.symbols().size()];
    for (int s = 0; s < counted.length; s++) {
      counted[s] = grammar.isConstituent(s);
    }
  }

  @Override
  public void load(float[] parameters) {
    for (int r = 0; r < rules.length; r++) {
      rules[r] = parameters[offset + r];
    }
  }

  private GrammarScores scores(SpanScores spans) {
    return new GrammarScores(grammar.grammar(), spans, rules);
  }

  /** A tree with a rule that the grammar has not cannot be learned from. */
  @Override
  public Constituents encode(Tree tree, String place) {
    Constituents binary = grammar.encode(tree, place);
    for (Grammar.Rule rule : Grammar.rules(binary)) {
      if (!index.containsKey(rule)) {
        throw new RecordException(
            Kind.UNKNOWN_LABEL,
            place
                + ": expected rules of the training trees, found "
                + grammar.symbols().get(rule.parent())
                + " -> "
                + grammar.symbols().get(rule.left())
                + " "
                + grammar.symbols().get(rule.right()));
      }
    }
    return binary;
  }

  private double score(SpanScores spans, Constituents gold) {
    double sum = 0;
    for (Constituents.Span s : gold.spans()) {
      sum += spans.scores()[spans.at(s.begin(), s.end()) + s.label()];
    }
    for (Grammar.Rule rule : Grammar.rules(gold)) {
      sum += rules[index.get(rule)];
    }
    return sum;
  }

  @Override
  public double loss(SpanScores spans, Constituents gold) {
    return chart.infer(scores(spans)).logPartition() - score(spans, gold);
  }

  @Override
  public double gradient(
      SpanScores spans, Constituents gold, double[] byScores, double[] gradient) {
    Inference<GrammarMarginals> free = chart.infer(scores(spans));
    int size = spans.words() * (spans.words() + 1) * spans.labels();
    System.arraycopy(free.marginals().spans(), 0, byScores, 0, size);
    for (Constituents.Span s : gold.spans()) {
      byScores[spans.at(s.begin(), s.end()) + s.label()] -= 1;
    }
    for (int r = 0; r < rules.length; r++) {
      gradient[offset + r] += free.marginals().rules()[r];
    }
    for (Grammar.Rule rule : Grammar.rules(gold)) {
      gradient[offset + index.get(rule)] -= 1;
    }
    return free.logPartition() - score(spans, gold);
  }

  /** Nothing but words where the grammar builds no tree. */
  @Override
  public Constituents decode(SpanScores spans, Parser.Decoding how) {
    Constituents found =
        how == Parser.Decoding.BEST
            ? chart.argmax(scores(spans))
            : chart.leastRisk(scores(spans), counted, 0.5);
    return found == null
        ? new Constituents(spans.words(), java.util.List.of())
        : grammar.decode(found, labels);
  }

  @Override
  public double[] marginals(SpanScores spans) {
    double[] p = chart.infer(scores(spans)).marginals().spans();
    int chains = labels.chains().size();
    double[] out = new double[spans.words() * (spans.words() + 1) * chains];
    for (int s = 0; s < counted.length; s++) {
      int chain = counted[s] ? labels.chains().indexOf(grammar.symbols().get(s)) : -1;
      for (int c = 0; chain >= 0 && c < spans.words() * (spans.words() + 1); c++) {
        out[c * chains + chain] = p[c * spans.labels() + s];
      }
    }
    return out;
  }
}
