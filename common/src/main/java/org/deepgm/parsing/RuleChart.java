package org.deepgm.parsing;

import java.util.HashMap;
import java.util.Map;
import org.deepgm.cky.Constituents;
import org.deepgm.cky.Grammar;
import org.deepgm.cky.GrammarCky;
import org.deepgm.cky.GrammarMarginals;
import org.deepgm.cky.GrammarScores;
import org.deepgm.cky.SpanPlanes;
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
  private double[] bySpan = new double[0];
  private float[] byPlane = new float[0];
  private int words;
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
  GrammarScores scores(SpanPlanes spans) {
    int n = spans.words();
    int size = n * (n + 1) * spans.labels();
    bySpan = bySpan.length >= size ? bySpan : new double[size];
    SpanScores scores = new SpanScores(n, spans.labels(), bySpan);
    for (int l = 0; l < spans.labels(); l++) {
      int from = spans.at(0, 1, l);
      for (int width = 1; width <= n; width++) {
        for (int i = 0; i + width <= n; i++) {
          bySpan[scores.at(i, i + width) + l] = spans.values()[from++];
        }
      }
    }
    words = n;
    return new GrammarScores(grammar.grammar(), scores, rules);
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
  SpanPlanes spans(GrammarMarginals marginals) {
    int symbols = counted.length;
    int size = symbols * SpanPlanes.layout(words).planeSize();
    byPlane = byPlane.length >= size ? byPlane : new float[size];
    SpanPlanes out = new SpanPlanes(words, symbols, byPlane);
    for (int s = 0; s < symbols; s++) {
      int to = out.at(0, 1, s);
      for (int width = 1; width <= words; width++) {
        for (int i = 0; i + width <= words; i++) {
          byPlane[to++] = (float) marginals.spans()[(i * (words + 1) + i + width) * symbols + s];
        }
      }
    }
    return out;
  }

  @Override
  void addGradient(GrammarMarginals byScores, double[] gradient) {
    for (int r = 0; r < rules.length; r++) {
      gradient[offset + r] += byScores.rules()[r];
    }
  }

  /** Nothing but words where the grammar builds no tree. */
  @Override
  Constituents decode(SpanPlanes spans, Parser.Decoding how) {
    Constituents found =
        how == Parser.Decoding.BEST
            ? chart.argmax(scores(spans))
            : chart.leastRisk(scores(spans), counted, 0.5);
    return found == null
        ? new Constituents(spans.words(), java.util.List.of())
        : grammar.decode(found, labels);
  }

  @Override
  SpanPlanes marginals(SpanPlanes spans) {
    SpanPlanes all = spans(chart.infer(scores(spans)).marginals());
    SpanPlanes out = SpanPlanes.zeros(spans.words(), labels.chains().size());
    int plane = SpanPlanes.layout(spans.words()).planeSize();
    for (int s = 0; s < counted.length; s++) {
      int chain = counted[s] ? labels.chains().indexOf(grammar.symbols().get(s)) : -1;
      if (chain >= 0) {
        System.arraycopy(all.values(), s * plane, out.values(), chain * plane, plane);
      }
    }
    return out;
  }
}
