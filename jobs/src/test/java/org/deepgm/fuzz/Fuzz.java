package org.deepgm.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import org.apache.commons.io.FileUtils;
import org.deepgm.fault.InputException;
import org.deepgm.math.RandomStream;

/**
 * Reads changed files and looks for what is no clear refusal: an exception of another kind, more
 * memory or time than a limit. {@code Fuzz TARGET|all MUTATIONS [SEED]}.
 */
public final class Fuzz {
  /** Bytes that one read may allocate: limits of the readers under test are far below. */
  private static final long MOST_BYTES = 400L << 20;

  /** Seconds of a core that one read may take. */
  private static final double MOST_SECONDS = 2;

  private static final int MOST_FINDINGS = 20;

  private final Target target;
  private final long seed;
  private final List<String> findings = new ArrayList<>();
  private double slowest;
  private long largest;
  private long refused;

  /** Of a target, from a seed. */
  public Fuzz(Target target, long seed) {
    this.target = target;
    this.seed = seed;
  }

  /** All targets, by the services of the test tree. */
  public static List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    ServiceLoader.load(Targets.class).forEach(group -> targets.addAll(group.all()));
    return targets;
  }

  /** A folder for the files of a reader that takes no bytes; it goes with the process. */
  public static Path scratch() {
    try {
      Path folder = Files.createTempDirectory("deepgm-fuzz");
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> FileUtils.deleteQuietly(folder.toFile())));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Several targets that share what they need. */
  public interface Targets {
    /** The targets. */
    List<Target> all();
  }

  /** What was found, one line each. */
  public List<String> findings() {
    return findings;
  }

  /** Reads so many changed files, the same ones for a seed; a whole file must be read. */
  public Fuzz run(int from, int mutations) {
    List<byte[]> seeds = target.seeds();
    for (byte[] whole : seeds) {
      try {
        target.read(whole);
      } catch (Exception e) {
        throw new IllegalStateException(target.name() + ": a seed is refused: " + e, e);
      }
    }
    for (int i = from; i < from + mutations && findings.size() < MOST_FINDINGS; i++) {
      RandomStream random = RandomStream.of(seed, RandomStream.key(target.name()), i);
      one(i, target.mutate(seeds.get(random.nextInt(seeds.size())), random));
    }
    return this;
  }

  private void one(int number, byte[] file) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    long bytes = threads.getThreadAllocatedBytes(id);
    long begin = threads.getCurrentThreadCpuTime();
    String fault = null;
    try {
      target.read(file);
    } catch (InputException e) {
      refused++;
      boolean line = e.getMessage() != null && e.getMessage().indexOf('\n') < 0;
      fault = line ? null : "a message of several lines: " + e.getMessage();
    } catch (Throwable e) {
      StackTraceElement[] trace = e.getStackTrace();
      fault = e + (trace.length > 0 ? " at " + trace[0] : "");
      for (StackTraceElement frame : trace) {
        if (frame.getClassName().startsWith("org.deepgm.") && !fault.contains(" < ")) {
          fault += " < " + frame;
        }
      }
    }
    double seconds = (threads.getCurrentThreadCpuTime() - begin) / 1e9;
    long taken = threads.getThreadAllocatedBytes(id) - bytes;
    slowest = Math.max(slowest, seconds);
    largest = Math.max(largest, taken);
    if (fault == null && seconds > MOST_SECONDS) {
      fault = String.format(Locale.ROOT, "%.1f s", seconds);
    }
    if (fault == null && taken > MOST_BYTES) {
      fault = (taken >> 20) + " MB";
    }
    if (fault != null) {
      findings.add(target.name() + " " + number + ": " + fault);
    }
  }

  private String summary(int mutations, double seconds) {
    return String.format(
        Locale.ROOT,
        "%-20s %9d mutations, %9d refused, %d findings, %.0f s, slowest %.3f s, most %d MB",
        target.name(),
        mutations,
        refused,
        findings.size(),
        seconds,
        slowest,
        largest >> 20);
  }

  /** From the command line; the exit code is 1 where something was found. */
  public static void main(String[] args) throws Exception {
    if (args.length < 2) {
      System.err.println("usage: fuzz TARGET|all MUTATIONS [SEED]; targets:");
      targets().forEach(t -> System.err.println("  " + t.name()));
      System.exit(1);
    }
    int mutations = Integer.parseInt(args[1]);
    long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
    boolean clean = true;
    boolean known = false;
    for (Target target : targets()) {
      if (!args[0].equals("all") && !args[0].equals(target.name())) {
        continue;
      }
      known = true;
      long begin = System.nanoTime();
      Fuzz fuzz = new Fuzz(target, seed).run(0, mutations);
      System.out.println(fuzz.summary(mutations, (System.nanoTime() - begin) / 1e9));
      fuzz.findings().forEach(finding -> System.out.println("  " + finding));
      clean &= fuzz.findings().isEmpty();
      for (String finding : fuzz.findings()) {
        keep(target, finding, seed);
      }
    }
    if (!known) {
      System.err.println("fuzz: expected a target, found " + args[0]);
    }
    System.exit(clean && known ? 0 : 1);
  }

  /** Writes the file of a finding to where DEEPGM_FINDINGS says, to look at it. */
  private static void keep(Target target, String finding, long seed) throws Exception {
    String folder = System.getenv("DEEPGM_FINDINGS");
    if (folder != null) {
      int number = Integer.parseInt(finding.split(" ")[1].replace(":", ""));
      List<byte[]> seeds = target.seeds();
      RandomStream random = RandomStream.of(seed, RandomStream.key(target.name()), number);
      byte[] file = target.mutate(seeds.get(random.nextInt(seeds.size())), random);
      Files.write(Path.of(folder).resolve(target.name() + "-" + number), file);
    }
  }
}
