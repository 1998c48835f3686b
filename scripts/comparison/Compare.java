import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Asks all sides for the same work in turns, checks that results agree and prints tables: called by
 * scripts/compare. The processor's multiply-add peak and copy rate are measured between the rounds of every
 * row, since neighbours on a shared machine change both.
 *
 * Compare ROUNDS PARTS OURS PLAIN TORCH OLD C, of which the last five are commands, their words separated by
 * tabs; OLD may be empty. PARTS are separated by commas; empty: all.
 */
public final class Compare {
  private static final double LONG_ENOUGH = 3;

  /** Another process that answers a request a line. */
  private record Side(Process process, BufferedWriter to, BufferedReader from) {
    static Side of(String command) throws IOException {
      Process process =
          new ProcessBuilder(command.split("\t")).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      return new Side(
          process,
          new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8)),
          new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
    }

    String[] ask(String request) {
      try {
        to.write(request + "\n");
        to.flush();
        String line = from.readLine();
        if (line == null) {
          throw new IllegalStateException("no answer to " + request);
        }
        return line.split(" ");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    double time(String request) {
      return Double.parseDouble(ask(request)[0]);
    }
  }

  private final int rounds;
  private final Side ours;
  private final Side torch;
  private final Side old;
  private final Side c;
  private final List<String> notes = new ArrayList<>();

  private Compare(int rounds, Side ours, Side torch, Side old, Side c) {
    this.rounds = rounds;
    this.ours = ours;
    this.torch = torch;
    this.old = old;
    this.c = c;
    System.out.println(
        "| work | ours, ms | libtorch / ours | PyTorch 1.13 / ours | C / ours | share of the limit | difference |");
    System.out.println("|---|---|---|---|---|---|---|");
  }

  /** What a row asks for, and what its kernels must do at least. */
  private record Work(String title, String request, String theirs, boolean inC, double flops, double bytes) {}

  private double row(Work work) {
    long begin = System.nanoTime();
    // Until the compiler of the other side is done with it.
    while ((System.nanoTime() - begin) / 1e9 < LONG_ENOUGH) {
      ours.ask(work.request);
    }
    double least = Double.POSITIVE_INFINITY;
    double leastTorch = Double.POSITIVE_INFINITY;
    double leastOld = Double.POSITIVE_INFINITY;
    double leastC = Double.POSITIVE_INFINITY;
    double peak = 0;
    double copy = 0;
    String[] answer = null;
    for (int round = 0; round < rounds; round++) {
      peak = Math.max(peak, c.time("peak"));
      copy = Math.max(copy, c.time("copy"));
      least = Math.min(least, ours.time(work.request));
      if (work.theirs != null) {
        answer = torch.ask(work.theirs);
        leastTorch = Math.min(leastTorch, Double.parseDouble(answer[0]));
        if (old != null && !work.theirs.contains("strided")) {
          // Of strides, PyTorch 1.13 was not asked.
          leastOld = Math.min(leastOld, old.time(work.theirs));
        }
      }
      if (work.inC) {
        leastC = Math.min(leastC, c.time(work.request));
      }
    }
    String share = "";
    if (work.flops > 0) {
      double reached = work.flops / (least * 1e6);
      share = format("%.0f GFLOP/s, %.0f %% of %.0f", reached, 100 * reached / peak, peak);
    }
    if (work.bytes > 0) {
      double reached = work.bytes / (least * 1e6);
      share += (share.isEmpty() ? "" : "; ") + format("%.1f GB/s, %.0f %% of %.0f", reached, 100 * reached / copy, copy);
    }
    System.out.println(
        "| "
            + String.join(
                " | ",
                work.title + (answer != null && answer.length > 2 ? " (" + answer[2].replace('-', ' ') + ")" : ""),
                format("%.2f", least),
                ratio(leastTorch, least),
                ratio(leastOld, least),
                ratio(leastC, least),
                share,
                answer == null ? "" : answer[1])
            + " |");
    return least;
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  private static String ratio(double theirs, double ours) {
    return Double.isInfinite(theirs) ? "" : format("%.1f", theirs / ours);
  }

  private void note(String pattern, Object... values) {
    notes.add(format(pattern, values));
  }

  private double sweeps(String kind, int labels, int h, int w, int offsets) {
    boolean contrast = kind.equals("contrast");
    String request = String.join(" ", kind, "" + labels, "" + h, "" + w, "" + offsets);
    double pixels = (double) h * w;
    double flops = 10 * 2.0 * labels * labels * 2 * offsets * pixels * (contrast ? 2 : 1);
    String title =
        format("10 sweeps%s, %d neighbours, L = %d, %d x %d", contrast ? " with contrast" : "", 2 * offsets, labels, w, h);
    // Scores and marginals are read and marginals written once a sweep.
    double bytes = 10 * 3 * 4.0 * labels * pixels;
    return row(new Work(title, request, contrast ? null : request, !contrast, flops, bytes));
  }

  private void fields() {
    for (int offsets : new int[] {2, 4}) {
      for (int labels : new int[] {12, 21}) {
        double small = sweeps("field", labels, 180, 240, offsets);
        double large = sweeps("field", labels, 360, 480, offsets);
        double contrast = sweeps("contrast", labels, 180, 240, offsets);
        note("a pixel at 480 x 360 costs %.2f of one at 240 x 180, L = %d, %d neighbours", large / 4 / small, labels, 2 * offsets);
        note("contrast-weighted edges cost %.2f of tied ones, L = %d, %d neighbours", contrast / small, labels, 2 * offsets);
      }
    }
  }

  private void convergence() {
    for (int offsets : new int[] {2, 4}) {
      for (String coupling : new String[] {"medium", "potts"}) {
        String request = "converge 12 180 240 " + coupling + " " + offsets;
        String title = format("until mean change < 1e-4, %s, %d neighbours, L = 12, 240 x 180", coupling, 2 * offsets);
        row(new Work(title, request, request, false, 0, 0));
      }
    }
  }

  /** Multiply-adds, twice, of a network forward, of its weight gradients and of all input gradients but the first. */
  private static double network(int[] channels, int labels) {
    double flops = 0;
    int before = 7;
    for (int i = 0; i <= channels.length; i++) {
      int to = i == channels.length ? labels : channels[i];
      double one = 2.0 * before * to * (i == channels.length ? 1 : 9);
      flops += (i == 0 ? 2 : 3) * one;
      before = to;
    }
    return flops * 180 * 240;
  }

  private void gradients() {
    int[] small = {16, 16};
    int[] image = {16, 24, 24, 32, 32};
    double undilated =
        row(new Work("loss and gradient, convolution 7-16-16-12, 240 x 180", "gradient convolution 180 240",
            "gradient convolution 180 240", false, network(small, 12), 0));
    double sweeps = 10 * 2.0 * 11 * 11 * 8 * 180 * 240;
    row(new Work("loss and gradient, dilated 7-16-24-24-32-32-11 under a field, 10 sweeps", "gradient image 180 240",
        "gradient image 180 240", false, network(image, 11) + sweeps, 0));
    row(new Work("loss and gradient, linear 7-12, the features computed too", "gradient linear 180 240",
        "gradient linear 180 240", false, 0, 0));
    double dilated =
        row(new Work("loss and gradient, the convolution with dilation 8", "gradient dilated 180 240", null, false,
            network(small, 12), 0));
    note("the dilated network costs %.2f of the undilated", dilated / undilated);
    double full =
        row(new Work("loss and gradient, the architecture dilated of reference.conf", "gradient full 180 240", null,
            false, 0, 0));
    double strided =
        row(new Work("loss and gradient, the architecture strided, 359,000 parameters", "gradient strided 180 240",
            "gradient strided 180 240", false, 0, 0));
    note("the strided network costs %.2f of the dilated, features included", strided / full);
  }

  private void speech() {
    String request = "ctc 150 40 28 64";
    row(new Work("CTC loss and gradient, T = 150, U = 40, 28 symbols, batch of 64", request, request, false, 0, 0));
  }

  private void trees() {
    for (String form : new String[] {"autograd", "hand"}) {
      row(new Work("spans of 40 words, 30 labels, 8 sentences: ln Z and its gradient", "spans 40 30 8",
          "spans 40 30 8 " + form, false, 0, 0));
    }
    row(new Work("trees of 40 words by all 27,000 rules over 30 labels, 8 sentences: ln Z and its gradient",
        "grammar 40 30 8", "grammar 40 30 8", false, 0, 0));
  }

  private void beliefs() {
    double edges = 4 * 180 * 240;
    // Both messages of an edge are read and written.
    double took =
        row(new Work("5 sweeps of belief propagation, 8 neighbours, L = 12, 240 x 180", "beliefs 12 180 240", null,
            false, 5 * edges * 2 * 2.0 * 144, 5 * edges * 2 * 2 * 4.0 * 12));
    note("belief propagation: %.1f ns an edge and iteration", took * 1e6 / 5 / edges);
  }

  private void plain(Side slow) {
    System.out.println("\n| work | without the Vector API / with it |\n|---|---|");
    for (String request : new String[] {"field 12 180 240 4", "gradient convolution 180 240", "gradient image 180 240"}) {
      for (int i = 0; i < 3; i++) {
        slow.ask(request);
      }
      double with = Double.POSITIVE_INFINITY;
      double without = Double.POSITIVE_INFINITY;
      for (int i = 0; i < rounds; i++) {
        with = Math.min(with, ours.time(request));
        without = Math.min(without, slow.time(request));
      }
      System.out.println(format("| %s | %.1f |", request, without / with));
    }
  }

  /** Images a second of libtorch. */
  private static void ends(Side side, int threads, int rounds) {
    System.out.println(
        format("\n| CamVid by six layers and a field of 16 offsets in libtorch, %d thread(s), without reading and features | ms an image | images/s |", threads));
    System.out.println("|---|---|---|");
    for (String request : new String[] {"camvid step", "camvid label"}) {
      double least = Double.POSITIVE_INFINITY;
      String form = "";
      for (int i = 0; i < rounds; i++) {
        String[] answer = side.ask(request);
        least = Math.min(least, Double.parseDouble(answer[0]));
        form = answer[2].replace('-', ' ');
      }
      System.out.println(format("| %s (%s) | %.1f | %.1f |", request, form, least, 1e3 / least));
    }
  }

  public static void main(String[] args) throws IOException {
    List<String> parts = args[1].isEmpty() ? List.of() : Arrays.asList(args[1].split(","));
    Side old = args[5].isEmpty() ? null : Side.of(args[5]);
    Compare compare =
        new Compare(Integer.parseInt(args[0]), Side.of(args[2]), Side.of(args[4]), old, Side.of(args[6]));
    String[] names = {"fields", "convergence", "gradients", "speech", "trees", "beliefs"};
    Runnable[] all = {
      compare::fields, compare::convergence, compare::gradients, compare::speech, compare::trees, compare::beliefs
    };
    for (int i = 0; i < names.length; i++) {
      if (parts.isEmpty() || parts.contains(names[i])) {
        all[i].run();
      }
    }
    System.out.println();
    compare.notes.forEach(note -> System.out.println("- " + note));
    if (parts.isEmpty() || parts.contains("plain")) {
      compare.plain(Side.of(args[3]));
    }
    if (parts.isEmpty() || parts.contains("ends")) {
      for (int threads = 1; threads <= 2; threads++) {
        ends(Side.of(args[4] + "\t" + threads), threads, Integer.parseInt(args[0]));
      }
    }
    System.exit(0);
  }
}
