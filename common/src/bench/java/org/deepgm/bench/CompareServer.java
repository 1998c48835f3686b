package org.deepgm.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deepgm.cky.Grammar;
import org.deepgm.cky.GrammarCky;
import org.deepgm.cky.GrammarMarginals;
import org.deepgm.cky.GrammarScores;
import org.deepgm.cky.SpanCky;
import org.deepgm.cky.SpanPlanes;
import org.deepgm.cky.SpanScores;
import org.deepgm.ctc.Ctc;
import org.deepgm.ctc.CtcScores;
import org.deepgm.field.grid.GridBeliefPropagation;
import org.deepgm.field.grid.GridEngine;
import org.deepgm.field.grid.GridMeanField;
import org.deepgm.field.grid.GridPotentials;
import org.deepgm.field.grid.InferenceOptions;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.math.Kernels;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationSpec;
import org.deepgm.structure.Inference;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Objective;

/**
 * Our side of {@code scripts/compare}: reads a request a line on standard input, does the work once
 * and answers with milliseconds. Inputs and results are left as little-endian floats in a folder,
 * so that the other side works on the same and its results can be compared.
 *
 * <p>{@code field L H W O}: 10 parallel sweeps; {@code contrast}: the same with contrast-weighted
 * edges; {@code converge L H W medium|potts O}: sweeps until the mean change is below 1e-4; {@code
 * beliefs L H W}: 5 sweeps of belief propagation; {@code gradient NAME H W}: loss and gradient of
 * an image; {@code ctc T U V B}: loss and gradient of a batch.
 */
public final class CompareServer {
  private final Path folder;
  private final Kernels kernels;

  private CompareServer(Path folder, Kernels kernels) {
    this.folder = folder;
    this.kernels = kernels;
  }

  /** Serves until the end of input: {@code CompareServer FOLDER [plain]}. */
  public static void main(String[] args) throws IOException {
    Kernels kernels = args.length > 1 ? Kernels.plain() : Kernels.best();
    CompareServer server = new CompareServer(Path.of(args[0]), kernels);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.printf(Locale.ROOT, "%.3f%n", server.serve(line.split(" ")));
    }
  }

  private static int number(String word) {
    return Integer.parseInt(word);
  }

  private double serve(String[] words) throws IOException {
    return switch (words[0]) {
      case "field" ->
          field(number(words[4]), number(words[1]), number(words[2]), number(words[3]), false);
      case "contrast" ->
          field(number(words[4]), number(words[1]), number(words[2]), number(words[3]), true);
      case "converge" ->
          converge(
              number(words[5]), number(words[1]), number(words[2]), number(words[3]), words[4]);
      case "beliefs" -> beliefs(number(words[1]), number(words[2]), number(words[3]));
      case "gradient" -> gradient(words[1], number(words[2]), number(words[3]));
      case "ctc" -> ctc(number(words[1]), number(words[2]), number(words[3]), number(words[4]));
      case "spans" -> spans(number(words[1]), number(words[2]), number(words[3]));
      case "grammar" -> grammar(number(words[1]), number(words[2]), number(words[3]));
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  /** ln Z and marginals, which are its gradient, of a batch of sentences one after the other. */
  private double spans(int n, int labels, int batch) throws IOException {
    SpanCky chart = new SpanCky();
    int size = n * (n + 1) * labels;
    float[] scores = normal(batch * size);
    float[] totals = new float[batch];
    float[] marginals = new float[batch * size];
    SpanPlanes planes = SpanPlanes.zeros(n, labels);
    long took = 0;
    for (int b = 0; b < batch; b++) {
      for (int l = 0; l < labels; l++) {
        for (int c = 0; c < n * (n + 1); c++) {
          if (c % (n + 1) > c / (n + 1)) {
            planes.set(c / (n + 1), c % (n + 1), l, scores[b * size + c * labels + l]);
          }
        }
      }
      long begin = System.nanoTime();
      Inference<SpanPlanes> found = chart.infer(planes);
      took += System.nanoTime() - begin;
      totals[b] = (float) found.logPartition();
      for (int l = 0; l < labels; l++) {
        for (int c = 0; c < n * (n + 1); c++) {
          if (c % (n + 1) > c / (n + 1)) {
            marginals[b * size + c * labels + l] =
                found.marginals().get(c / (n + 1), c % (n + 1), l);
          }
        }
      }
    }
    String file = "spans-" + n + "-" + labels + "-" + batch;
    floats(file + ".scores", scores);
    floats(file + ".totals", totals);
    floats(file + ".marginals", marginals);
    return took / 1e6;
  }

  /** The same with all rules over the labels. */
  private double grammar(int n, int labels, int batch) throws IOException {
    GrammarCky chart = new GrammarCky();
    List<Grammar.Rule> rules = new ArrayList<>();
    for (int r = 0; r < labels * labels * labels; r++) {
      rules.add(new Grammar.Rule(r / labels / labels, r / labels % labels, r % labels));
    }
    Grammar grammar = new Grammar(labels, rules);
    int size = n * (n + 1) * labels;
    float[] scores = normal(batch * size);
    float[] weights = normal(rules.size());
    float[] totals = new float[batch];
    float[] uses = new float[batch * rules.size()];
    double[] one = new double[size];
    double[] w = new double[weights.length];
    for (int r = 0; r < w.length; r++) {
      w[r] = weights[r];
    }
    long took = 0;
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < size; i++) {
        one[i] = scores[b * size + i];
      }
      long begin = System.nanoTime();
      GrammarScores s = new GrammarScores(grammar, new SpanScores(n, labels, one), w);
      Inference<GrammarMarginals> found = chart.infer(s);
      took += System.nanoTime() - begin;
      totals[b] = (float) found.logPartition();
      for (int r = 0; r < rules.size(); r++) {
        uses[b * rules.size() + r] = (float) found.marginals().rules()[r];
      }
    }
    String file = "grammar-" + n + "-" + labels + "-" + batch;
    floats(file + ".scores", scores);
    floats(file + ".weights", weights);
    floats(file + ".totals", totals);
    floats(file + ".uses", uses);
    return took / 1e6;
  }

  private static float[] normal(int n) {
    RandomStream random = RandomStream.of(n);
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return out;
  }

  private static double since(long begin) {
    return (System.nanoTime() - begin) / 1e6;
  }

  private double field(int offsets, int labels, int height, int width, boolean contrast)
      throws IOException {
    GridPotentials p =
        Workloads.field(
            Workloads.NEAR.subList(0, offsets),
            labels,
            height,
            width,
            Workloads.Coupling.MEDIUM,
            contrast);
    GridMeanField engine =
        new GridMeanField(kernels, Workloads.sweeps(10), labels, contrast ? offsets : 0);
    Planes q = new Planes(labels);
    engine.start(p.node(), q);
    engine.run(p, q, null);
    engine.start(p.node(), q);
    long begin = System.nanoTime();
    engine.run(p, q, null);
    double took = since(begin);
    if (!contrast) {
      write("field-" + offsets + "-" + labels + "-" + height + "-" + width, p, q);
    }
    return took;
  }

  private double converge(int offsets, int labels, int height, int width, String coupling)
      throws IOException {
    GridPotentials p =
        Workloads.field(
            Workloads.NEAR.subList(0, offsets),
            labels,
            height,
            width,
            Workloads.Coupling.valueOf(coupling.toUpperCase(Locale.ROOT)),
            false);
    InferenceOptions options = new InferenceOptions(Schedule.COLORED, 0, 2000, 1e-4);
    GridMeanField engine = new GridMeanField(kernels, options, labels, 0);
    Planes q = new Planes(labels);
    engine.start(p.node(), q);
    engine.run(p, q, null);
    engine.start(p.node(), q);
    long begin = System.nanoTime();
    engine.run(p, q, null);
    double took = since(begin);
    write("converge-" + offsets + "-" + coupling + "-" + labels + "-" + height + "-" + width, p, q);
    return took;
  }

  private double beliefs(int labels, int height, int width) {
    GridPotentials p = Workloads.field(labels, height, width, Workloads.Coupling.MEDIUM, false);
    GridEngine engine =
        new GridBeliefPropagation(
            kernels, Workloads.sweeps(5), labels, Workloads.NEAR.size(), false);
    Planes q = new Planes(labels);
    engine.run(p, q, null);
    long begin = System.nanoTime();
    engine.run(p, q, null);
    return since(begin);
  }

  static SegmentationSpec spec(String name) {
    return switch (name) {
      case "convolution" -> Workloads.network(12, new int[] {16, 16}, new int[] {1, 1}, 0);
      case "dilated" -> Workloads.network(12, new int[] {16, 16}, new int[] {1, 8}, 0);
      case "image" ->
          Workloads.network(11, new int[] {16, 24, 24, 32, 32}, new int[] {1, 2, 4, 8, 16}, 10);
      case "linear" -> Workloads.network(12, new int[0], new int[0], 0);
      case "full" -> Workloads.alone(11, Workloads.layers(Workloads.DILATED));
      case "strided" -> Workloads.alone(11, Workloads.layers(Workloads.STRIDED));
      default -> throw new IllegalArgumentException(name);
    };
  }

  private double gradient(String name, int height, int width) throws IOException {
    SegmentationSpec spec = spec(name);
    Example example = Workloads.example(height, width, spec.labels());
    Objective.Worker<Example> worker = Workloads.objective(spec).worker(kernels);
    float[] parameters = Workloads.parameters(spec);
    worker.load(parameters);
    double[] gradient = new double[parameters.length];
    worker.addGradient(example, 0, gradient);
    java.util.Arrays.fill(gradient, 0);
    long begin = System.nanoTime();
    worker.load(parameters);
    worker.addGradient(example, 0, gradient);
    double took = since(begin);
    float[] out = new float[gradient.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) gradient[i];
    }
    String file = "gradient-" + name + "-" + height + "-" + width;
    floats(file + ".parameters", parameters);
    floats(file + ".gradient", out);
    floats(file + ".inputs", inputs(spec, example));
    float[] gold = new float[height * width];
    for (int i = 0; i < gold.length; i++) {
      gold[i] = example.labels().label(i);
    }
    floats(file + ".gold", gold);
    return took;
  }

  private float[] inputs(SegmentationSpec spec, Example example) {
    Planes planes = org.deepgm.segmentation.BenchInputs.of(spec, example, kernels);
    int height = example.image().height();
    int width = example.image().width();
    float[] out = new float[spec.inputs() * height * width];
    for (int i = 0; i < out.length; i++) {
      int pixel = i % (height * width);
      out[i] = planes.get(i / (height * width), pixel / width, pixel % width);
    }
    return out;
  }

  private double ctc(int frames, int length, int symbols, int batch) throws IOException {
    Likelihood<CtcScores, double[], int[]> likelihood = new Ctc().likelihood();
    RandomStream random = RandomStream.of(frames, length);
    float[] scores = new float[batch * frames * symbols];
    float[] targets = new float[batch * length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < targets.length; i++) {
      targets[i] = 1 + random.nextInt(symbols - 1);
    }
    float[] losses = new float[batch];
    float[] gradient = new float[scores.length];
    double[] one = new double[frames * symbols];
    int[] y = new int[length];
    long took = 0;
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < one.length; i++) {
        one[i] = scores[b * one.length + i];
      }
      for (int u = 0; u < length; u++) {
        y[u] = (int) targets[b * length + u];
      }
      long begin = System.nanoTime();
      CtcScores s = new CtcScores(frames, symbols, 0, one);
      Likelihood.Loss<double[]> loss = likelihood.of(s, y);
      losses[b] = (float) loss.nats();
      double[] given = loss.gradient();
      took += System.nanoTime() - begin;
      for (int i = 0; i < one.length; i++) {
        gradient[b * one.length + i] = (float) given[i];
      }
    }
    String file = "ctc-" + frames + "-" + length + "-" + symbols + "-" + batch;
    floats(file + ".scores", scores);
    floats(file + ".targets", targets);
    floats(file + ".losses", losses);
    floats(file + ".gradient", gradient);
    return took / 1e6;
  }

  private void write(String name, GridPotentials p, Planes q) throws IOException {
    floats(name + ".node", unpadded(p.node(), p.labels()));
    floats(name + ".weights", p.weights());
    floats(name + ".marginals", unpadded(q, p.labels()));
  }

  private static float[] unpadded(Planes planes, int labels) {
    int height = planes.layout().height();
    int width = planes.layout().width();
    float[] out = new float[labels * height * width];
    for (int l = 0; l < labels; l++) {
      for (int y = 0; y < height; y++) {
        System.arraycopy(
            planes.data(),
            planes.plane(l) + planes.layout().index(y, 0),
            out,
            (l * height + y) * width,
            width);
      }
    }
    return out;
  }

  private void floats(String name, float[] values) throws IOException {
    Path file = folder.resolve(name);
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    Files.write(file, buffer.array());
  }
}
