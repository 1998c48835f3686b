package org.deepgm.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.deepgm.field.Elimination;
import org.deepgm.field.FactorGraph;
import org.deepgm.field.UaiFormat;
import org.deepgm.image.InputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code infer}: a factor graph of the UAI competitions and its answer; starts no Spark. */
@Command(
    name = "infer",
    description =
        "Answers a factor graph in UAI format: the solution on standard output, all else on standard"
            + " error.",
    mixinStandardHelpOptions = true)
final class InferCommand implements Callable<Integer> {
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
      description = "elimination: exact, by variable elimination in a min-fill order.")
  private String engine;

  @Option(
      names = "--memory",
      defaultValue = "2048",
      paramLabel = "MB",
      description = "Most memory for tables (${DEFAULT-VALUE}).")
  private int memory;

  @Override
  public Integer call() {
    if (!engine.equals("elimination")) {
      throw new InputException("Expected elimination for --engine, found " + engine);
    }
    String kind = task.toUpperCase(Locale.ROOT);
    if (!kind.equals("PR") && !kind.equals("MAR") && !kind.equals("MAP")) {
      throw new InputException("Expected PR, MAR or MAP for --task, found " + task);
    }
    FactorGraph graph = UaiFormat.network(read(model), model.toString());
    if (evidence != null) {
      graph = graph.observe(UaiFormat.evidence(read(evidence), evidence.toString()));
    }
    long bytes = Math.min((long) memory << 20, Runtime.getRuntime().maxMemory() / 4 * 3);
    Elimination exact = new Elimination(graph, bytes);
    spec.commandLine()
        .getErr()
        .println(
            graph.size()
                + " variables, "
                + graph.factors().size()
                + " factors, treewidth of the"
                + " order "
                + exact.width());
    System.out.print(
        switch (kind) {
          case "PR" -> UaiFormat.partition(exact.logPartition());
          case "MAR" -> UaiFormat.marginals(exact.infer(false).marginals().nodes());
          default -> UaiFormat.labelling(exact.argmax());
        });
    return 0;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": no such file", e);
    } catch (IOException e) {
      throw new InputException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
