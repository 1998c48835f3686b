package org.deepgm.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import org.deepgm.fault.InputException;
import org.deepgm.field.graph.Elimination;
import org.deepgm.field.graph.FactorGraph;
import org.deepgm.field.graph.GraphEngine;
import org.deepgm.field.graph.GraphEngine.Name;
import org.deepgm.field.graph.GraphGibbs;
import org.deepgm.field.graph.GraphMarginals;
import org.deepgm.field.graph.GraphOptions;
import org.deepgm.field.graph.GraphTreeReweighted;
import org.deepgm.field.graph.PairwiseField;
import org.deepgm.field.graph.PairwiseMarginals;
import org.deepgm.field.graph.PairwiseScores;
import org.deepgm.field.graph.Possibility;
import org.deepgm.field.graph.UaiFormat;
import org.deepgm.structure.Bound;
import org.deepgm.structure.Inference;
import org.deepgm.text.TextEncoding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code infer}: a factor graph of the UAI competitions and its answer; starts no Spark. */
@Command(
    name = "infer",
    description =
        "Answers a factor graph in UAI format: the solution on standard output, all else on standard"
            + " error.",
    mixinStandardHelpOptions = true)
final class InferCommand implements Callable<Integer> {
  /** Marginals whose sums differ from one by more are none. */
  private static final double IMPROPER = 1e-6;

  private static final int MOST_BYTES = 1 << 30;

  @Spec private CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "FILE", description = "Network (.uai).")
  private Path model;

  @Option(names = "--evidence", paramLabel = "FILE", description = "Evidence (.uai.evid).")
  private Path evidence;

  @Option(
      names = "--task",
      required = true,
      paramLabel = "PR|MAR|MAP",
      description = "log10 of the partition function, marginals, or a best labelling.")
  private String task;

  @Option(
      names = "--engine",
      defaultValue = "elimination",
      paramLabel = "NAME",
      description = {
        "elimination: exact; memory is exponential in the treewidth.",
        "mean-field: PR from below.",
        "belief-propagation: PR by Bethe's estimate; exact without cycles.",
        "tree-reweighted: PR from above.",
        "gibbs: MAR by sampling, with standard errors.",
        "icm, max-product: MAP.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String engine;

  @Option(
      names = "--memory",
      defaultValue = "2048",
      paramLabel = "MB",
      description = "Most memory for the tables of elimination (${DEFAULT-VALUE}).")
  private int memory;

  @Option(
      names = "--sweeps",
      defaultValue = "1000",
      paramLabel = "N",
      description = "Most sweeps of the other engines (${DEFAULT-VALUE}).")
  private int sweeps;

  @Option(
      names = "--tolerance",
      defaultValue = "1e-8",
      paramLabel = "X",
      description = "Stops when no marginal changes by as much in a sweep (${DEFAULT-VALUE}).")
  private double tolerance;

  @Option(
      names = "--damping",
      defaultValue = "0",
      paramLabel = "X",
      description = "Share of the old messages that is kept, [0, 1) (${DEFAULT-VALUE}).")
  private double damping;

  @Option(
      names = "--restarts",
      defaultValue = "1",
      paramLabel = "N",
      description = "Starts of mean-field and icm, of which the best is kept (${DEFAULT-VALUE}).")
  private int restarts;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of restarts and samples (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--best",
      defaultValue = "1",
      paramLabel = "K",
      description = "With MAP and elimination: the K best labellings, best first.")
  private int best;

  @Option(names = "--trace", description = "Also shows the value for ln Z after every sweep.")
  private boolean trace;

  @Option(
      names = "--parallel",
      description = "mean-field updates all variables at once, damped, not one after the other.")
  private boolean parallel;

  @Option(
      names = "--entropy",
      description = "With PR and MAR: also shows the entropy of the distribution, nats.")
  private boolean entropy;

  @Override
  public Integer call() {
    String kind = task.toUpperCase(Locale.ROOT);
    if (!List.of("PR", "MAR", "MAP").contains(kind)) {
      throw new InputException("Expected PR, MAR or MAP for --task, found " + task);
    }
    Name name = Name.of(engine);
    refuse(name, kind);
    FactorGraph graph = UaiFormat.network(read(model), model.toString());
    List<Map<Integer, Integer>> samples =
        evidence == null
            ? List.of(Map.of())
            : UaiFormat.evidence(read(evidence), evidence.toString());
    say("%d variables, %d factors", graph.size(), graph.factors().size());
    StringBuilder answers = new StringBuilder(kind).append('\n');
    for (Map<Integer, Integer> sample : samples) {
      answers.append(answer(graph.observe(sample), name, kind));
    }
    System.out.print(answers);
    return 0;
  }

  /** The answer for one sample of evidence; impossible ones are the same for every engine. */
  private String answer(FactorGraph graph, Name name, String kind) {
    Elimination exact = null;
    if (name == Name.ELIMINATION) {
      exact = new Elimination(graph, options().memory());
    }
    if (possibility(graph, exact) == Possibility.IMPOSSIBLE) {
      if (kind.equals("PR")) {
        return UaiFormat.partition(Double.NEGATIVE_INFINITY);
      }
      throw new InputException(
          "every labelling has probability 0: there is none to find (is the evidence possible?)");
    }
    return exact != null ? exact(graph, exact, kind) : approximate(graph, name, kind);
  }

  private Possibility possibility(FactorGraph graph, Elimination exact) {
    if (exact != null) {
      return exact.logPartition() == Double.NEGATIVE_INFINITY
          ? Possibility.IMPOSSIBLE
          : Possibility.POSSIBLE;
    }
    return Possibility.of(graph, options().memory());
  }

  /** Combinations that have no answer. */
  private void refuse(Name name, String kind) {
    boolean labelling = name == Name.ICM || name == Name.MAX_PRODUCT;
    String only =
        labelling && !kind.equals("MAP")
            ? "--task MAP"
            : name == Name.GIBBS && !kind.equals("MAR") ? "--task MAR" : null;
    if (only != null) {
      throw usage("Expected " + only + " with --engine " + engine + ", found " + kind);
    }
    if (best != 1 && (best < 1 || name != Name.ELIMINATION || !kind.equals("MAP"))) {
      throw usage("Expected --best of at least 1, with --task MAP and --engine elimination");
    }
    if (parallel && name != Name.MEAN_FIELD
        || damping != 0 && name == Name.MEAN_FIELD && !parallel) {
      throw usage(
          "Expected --parallel with --engine mean-field, and --damping of it with --parallel");
    }
    if (entropy && (kind.equals("MAP") || name == Name.GIBBS)) {
      throw usage(
          "Expected --entropy with --task PR or MAR and an engine that has a value for ln Z");
    }
    if (memory < 1) {
      throw usage("Expected --memory of at least 1 MB, found " + memory);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private GraphOptions options() {
    long bytes = Math.min((long) memory << 20, Runtime.getRuntime().maxMemory() / 4 * 3);
    try {
      return new GraphOptions(sweeps, tolerance, damping, parallel, restarts, seed, entropy, bytes);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private String exact(FactorGraph graph, Elimination exact, String kind) {
    say("treewidth of the order %d", exact.width());
    switch (kind) {
      case "PR":
        if (entropy) {
          sayEntropy(graph, exact.infer(true));
        }
        return UaiFormat.partition(exact.logPartition());
      case "MAR":
        Inference<GraphMarginals> found = exact.infer(entropy);
        if (entropy) {
          sayEntropy(graph, found);
        }
        return UaiFormat.marginals(found.marginals().nodes());
      default:
        List<String> answers = new ArrayList<>();
        for (int[] labels : exact.best(best)) {
          say("score %.9g nats%s", graph.score(labels), answers.isEmpty() ? ", the best" : "");
          answers.add(UaiFormat.labelling(labels));
        }
        return String.join("", answers);
    }
  }

  private String approximate(FactorGraph graph, Name name, String kind) {
    GraphEngine found = GraphEngine.of(name, options());
    if (kind.equals("MAP")) {
      return labelling(graph, found);
    }
    Inference<GraphMarginals> inference =
        name == Name.BELIEF_PROPAGATION && !trace && !entropy
            ? propagate(graph, found)
            : found.infer(graph);
    for (int i = 0; trace && i < inference.trace().length; i++) {
      say("sweep %d: ln Z %s %.9g", i + 1, sign(inference), inference.trace()[i]);
    }
    say(
        "%s after %d sweeps%s",
        inference.converged() ? "converged" : "not converged",
        inference.sweeps(),
        name == Name.GIBBS
            ? String.format(Locale.ROOT, ", largest standard error %.2g", error((GraphGibbs) found))
            : String.format(
                Locale.ROOT, ", ln Z %s %.9g", sign(inference), inference.logPartition()));
    if (found instanceof GraphGibbs gibbs && gibbs.warning() != null) {
      say("warning: %s", gibbs.warning());
    }
    boolean none = !proper(inference.marginals().nodes());
    if (name != Name.GIBBS) {
      double value = inference.logPartition();
      // An upper bound is one whatever the marginals are.
      none = Double.isNaN(value) || none && inference.bound() != Bound.UPPER;
      none |= value == Double.NEGATIVE_INFINITY;
    }
    if (none || kind.equals("MAR") && !proper(inference.marginals().nodes())) {
      throw nothing();
    }
    if (entropy && name != Name.GIBBS) {
      sayEntropy(graph, inference);
    }
    return kind.equals("PR")
        ? UaiFormat.partition(inference.logPartition())
        : UaiFormat.marginals(inference.marginals().nodes());
  }

  /**
   * The same messages on flat arrays, where a graph is pairwise and joint marginals are not asked.
   */
  private Inference<GraphMarginals> propagate(FactorGraph graph, GraphEngine other) {
    PairwiseScores scores = PairwiseScores.of(graph);
    if (scores == null) {
      return other.infer(graph);
    }
    Inference<PairwiseMarginals> found =
        new PairwiseField(PairwiseField.Engine.BELIEF_PROPAGATION, options()).infer(scores);
    double[][] nodes = new double[graph.size()][];
    for (int v = 0; v < nodes.length; v++) {
      int at = v * scores.labels();
      nodes[v] = Arrays.copyOfRange(found.marginals().node(), at, at + scores.labels());
    }
    return new Inference<>(
        found.bound(),
        found.logPartition(),
        new GraphMarginals(nodes, null),
        found.sweeps(),
        found.converged());
  }

  private InputException nothing() {
    return new InputException(
        engine
            + " found no labelling of probability above 0, which does not show that there is none;"
            + " try --restarts or another engine");
  }

  private static boolean proper(double[][] marginals) {
    return Arrays.stream(marginals).allMatch(q -> Math.abs(Arrays.stream(q).sum() - 1) < IMPROPER);
  }

  private void sayEntropy(FactorGraph graph, Inference<GraphMarginals> inference) {
    double expected = inference.marginals().expectedScore(graph);
    say("entropy %.9g nats", inference.logPartition() - expected);
  }

  private static String sign(Inference<?> inference) {
    return switch (inference.bound()) {
      case EXACT -> "=";
      case LOWER -> ">=";
      case UPPER -> "<=";
      case ESTIMATE -> "about";
    };
  }

  private static double error(GraphGibbs gibbs) {
    return Arrays.stream(gibbs.standardErrors()).flatMapToDouble(Arrays::stream).max().orElse(0);
  }

  /** A labelling, and how far at most it is from the best one. */
  private String labelling(FactorGraph graph, GraphEngine found) {
    int[] labels = found.argmax(graph);
    double score = graph.score(labels);
    if (score == Double.NEGATIVE_INFINITY) {
      throw nothing();
    }
    double bound = new GraphTreeReweighted(options(), true).infer(graph).logPartition();
    say(
        "score %.9g nats, no labelling above %.9g: gap %.3g",
        score, Math.max(score, bound), Math.max(0, bound - score));
    return UaiFormat.labelling(labels);
  }

  private void say(String format, Object... values) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(String.format(Locale.ROOT, format, values));
  }

  /** The text of a file, which may be compressed by gzip. */
  private static String read(Path file) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      in.mark(2);
      boolean packed = in.read() == 0x1F && in.read() == 0x8B;
      in.reset();
      InputStream text = packed ? new GZIPInputStream(in) : in;
      byte[] bytes = text.readNBytes(MOST_BYTES);
      if (text.read() >= 0) {
        throw new InputException(
            file + ": expected at most " + (MOST_BYTES >> 20) + " MB of text, found more");
      }
      return TextEncoding.UTF_8.decode(bytes, file.toString());
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (IOException e) {
      throw new InputException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
