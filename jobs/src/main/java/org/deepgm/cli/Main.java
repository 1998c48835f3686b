package org.deepgm.cli;

import java.io.PrintWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deepgm.fault.InputException;
import org.deepgm.text.Printed;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line, and the only place that exits: 0 done, 1 wrong usage, 2 wrong input or
 * configuration (one line), 3 a fault of ours (with a stack trace).
 */
@Command(
    name = "deepgm",
    description =
        "Deep graphical models: trains, applies and scores models of structured labels - images pixel"
            + " by pixel, sequences, speech, trees.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      DemoCommand.class,
      PackCommand.class,
      TrainCommand.class,
      PredictCommand.class,
      EvaluateCommand.class,
      InferCommand.class
    })
public final class Main {
  /** Wrong usage. */
  static final int USAGE = 1;

  /** Wrong input or configuration. */
  static final int INPUT = 2;

  /** A fault of ours. */
  static final int FAULT = 3;

  /** How faults look in the text of a Spark exception that came from an executor. */
  private static final Pattern REMOTE =
      Pattern.compile("org\\.deepgm\\.[\\w.]*(?:Input|Record|Divergence)Exception: ([^\\n]*)");

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    int code;
    System.setOut(new Terminal(System.out));
    System.setErr(new Terminal(System.err));
    try {
      code = run(args);
    } catch (Throwable e) {
      System.err.println("deepgm: a fault of deepgm itself or of this machine:");
      e.printStackTrace();
      code = FAULT;
    }
    System.out.flush();
    System.exit(code);
  }

  /** Runs a command and returns its exit code. */
  public static int run(String... args) {
    CommandLine line = commandLine();
    if (args.length == 0) {
      line.usage(System.err);
      return USAGE;
    }
    return line.execute(args);
  }

  /** The commands, with their handling of faults. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    TaskInputs.add(line);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> report(e, command.getErr(), command.getCommandName()));
    line.setParameterExceptionHandler(
        (e, rest) -> {
          String help = e.getCommandLine().getCommandSpec().qualifiedName() + " --help";
          String message = String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
          e.getCommandLine().getErr().println("deepgm: " + message + "; try '" + help + "'");
          return USAGE;
        });
    return line;
  }

  private static int report(Exception e, PrintWriter err, String command) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof InputException) {
        err.println("deepgm " + command + ": " + Printed.line(t.getMessage()));
        return INPUT;
      }
      Matcher remote = REMOTE.matcher(String.valueOf(t.getMessage()));
      if (remote.find()) {
        err.println("deepgm " + command + ": " + Printed.line(remote.group(1)));
        return INPUT;
      }
    }
    err.println("deepgm " + command + ": a fault of deepgm itself; please report it with this:");
    e.printStackTrace(err);
    return FAULT;
  }
}
