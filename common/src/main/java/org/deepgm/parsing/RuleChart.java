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

/** The trees that a grammar builds, its rules scored too. */
final class RuleChart extends Chart<GrammarScores, GrammarMarginals> {
  private final SpanLabels labels;
  private final TreeGrammar grammar;
  private final GrammarCky chart;
  private final Map<Grammar.Rule, Integer> index = new HashMap<>();
  private final int offset;
  private final double[] rules;
  private final boolean[] counted;

  RuleChart(ParsingSpec spec, SpanLabels labels, TreeGrammar grammar) {
    this(spec, labels, grammar, new GrammarCky());
  }

  private RuleChart(ParsingSpec spec, SpanLabels labels, TreeGrammar grammar, GrammarCky chart) {
    super(chart, chart.likelihood());
    this.chart = chart;
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
  void load(float[] parameters) {
    for (int r = 0; r < rules.length; r++) {
      rules[r] = parameters[offset + r];
    }
  }

  @Override
  GrammarScores scores(SpanScores spans) {
    return new GrammarScores(grammar.grammar(), spans, rules);
  }

  /** A tree with a rule that the grammar has not cannot be learned from. */
  @Override
  Constituents encode(Tree tree, String place) {
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

  @Override
  double[] spans(GrammarMarginals marginals) {
    return marginals.spans();
  }

  @Override
  void addGradient(GrammarMarginals byScores, double[] gradient) {
    for (int r = 0; r < rules.length; r++) {
      gradient[offset + r] += byScores.rules()[r];
    }
  }

  /** Nothing but words where the grammar builds no tree. */
  @Override
  Constituents decode(SpanScores spans, Parser.Decoding how) {
    Constituents found =
        how == Parser.Decoding.BEST
            ? chart.argmax(scores(spans))
            : chart.leastRisk(scores(spans), counted, 0.5);
    return found == null
        ? new Constituents(spans.words(), java.util.List.of())
        : grammar.decode(found, labels);
  }

  @Override
  double[] marginals(SpanScores spans) {
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
