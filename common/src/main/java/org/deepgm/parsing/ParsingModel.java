package org.deepgm.parsing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.deepgm.cky.SpanCky;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;

/**
 * A trained parser.
 *
 * @param spec its shape
 * @param labels of spans and words
 * @param grammar of the trees; null: any bracketing
 * @param maxWords longest sentence that it takes
 * @param parameters Phi
 * @param library version of deepgm that trained it
 * @param training the options of the training run, as JSON text
 */
public record ParsingModel(
    ParsingSpec spec,
    SpanLabels labels,
    TreeGrammar grammar,
    int maxWords,
    float[] parameters,
    String library,
    String training)
    implements Model<ParsingModel> {
  /** Name of the task in model files. */
  public static final String TASK = "parsing";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Checks that the parts fit each other. */
  public ParsingModel {
    List<String> chains = labels.chains();
    require(!chains.isEmpty() && chains.get(SpanCky.NONE).isEmpty(), "no constituent", "another");
    require(chains.stream().distinct().count() == chains.size(), "distinct labels", "one twice");
    require(labels.tags().size() == spec.tags(), spec.tags() + " tags", "" + labels.tags().size());
    int found = grammar == null ? chains.size() : grammar.symbols().size();
    require(found == spec.labels(), spec.labels() + " labels of spans", "" + found);
    int rules = grammar == null ? 0 : grammar.grammar().rules().size();
    require(rules == spec.rules(), spec.rules() + " rules", "" + rules);
    if (grammar != null) {
      int of = grammar.grammar().labels();
      require(of == found, "rules over " + found + " symbols", "over " + of);
      for (int s = 0; s < found; s++) {
        boolean known = !grammar.isConstituent(s) || chains.contains(grammar.symbols().get(s));
        require(known, "symbols that are labels", grammar.symbols().get(s));
      }
    }
    require(maxWords >= 1, "a longest sentence of 1 word or more", "" + maxWords);
    long chart = (long) maxWords * (maxWords + 1L) * spec.labels();
    require(chart <= 1L << 30, "a chart that fits an array", maxWords + " words");
  }

  private static void require(boolean holds, String expected, String found) {
    if (!holds) {
      throw new IllegalArgumentException("Expected " + expected + ", found " + found);
    }
  }

  @Override
  public ParameterLayout layout() {
    return spec.layOut();
  }

  @Override
  public ParsingModel with(float[] other) {
    return new ParsingModel(spec, labels, grammar, maxWords, other, library, training);
  }

  /** Parses; one instance a thread. */
  public Parser parser() {
    return new Parser(this);
  }

  /** Loads a model from anywhere. */
  public static ParsingModel decode(ModelFiles.Source source, String place) {
    return ModelFiles.decode(
        source,
        place,
        TASK,
        (node, parameters, library, training) ->
            new ParsingModel(
                MAPPER.treeToValue(node.required("spec"), ParsingSpec.class),
                MAPPER.treeToValue(node.required("labels"), SpanLabels.class),
                node.has("grammar")
                    ? MAPPER.treeToValue(node.get("grammar"), TreeGrammar.class)
                    : null,
                node.path("maxWords").asInt(),
                parameters,
                library,
                training),
        ParsingModel::layout);
  }

  @Override
  public Map<String, byte[]> encode() {
    try {
      ObjectNode node = MAPPER.createObjectNode();
      node.put("library", library);
      node.set("labels", MAPPER.valueToTree(labels));
      if (grammar != null) {
        node.set("grammar", MAPPER.valueToTree(grammar));
      }
      node.put("maxWords", maxWords);
      node.set("spec", MAPPER.valueToTree(spec));
      node.set("training", MAPPER.readTree(training));
      return ModelFiles.encode(new ModelFiles.Content(TASK, node, parameters), spec.layOut());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
