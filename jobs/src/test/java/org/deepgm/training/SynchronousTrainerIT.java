package org.deepgm.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deepgm.configuration.TrainingOptions;
import org.deepgm.dataset.DamagedStoreException;
import org.deepgm.dataset.ExampleBlock;
import org.deepgm.dataset.Storage;
import org.deepgm.network.ParameterLayout;
import org.deepgm.optimizer.Optimizer;
import org.deepgm.optimizer.OptimizerOptions;
import org.deepgm.optimizer.Schedule;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Objective;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trainer on an objective that is no image: least squares, against the same loop by hand. */
class SynchronousTrainerIT {
  private static final int SIZE = 3;
  private static final int EXAMPLES = 23;
  private static JavaSparkContext context;

  @TempDir Path work;

  private record Point(String id, double[] x, double y)
      implements Identified, java.io.Serializable {}

  private record LeastSquares(String poison, int rest) implements Objective<Point> {
    LeastSquares(String poison) {
      this(poison, 0);
    }

    @Override
    public int restingSteps(String slice) {
      return rest;
    }

    @Override
    public ParameterLayout layout() {
      ParameterLayout.Builder builder = ParameterLayout.builder();
      builder.add("w", true, SIZE);
      return builder.build();
    }

    @Override
    public Worker<Point> worker() {
      return new Worker<>() {
        private float[] w;

        @Override
        public void load(float[] parameters) {
          w = parameters;
        }

        @Override
        public Outcome addGradient(Point p, long seed, double[] gradient) {
          double error = -p.y();
          for (int i = 0; i < SIZE; i++) {
            error += w[i] * p.x()[i];
          }
          for (int i = 0; i < SIZE; i++) {
            gradient[i] += p.id().equals(poison) ? Double.NaN : error * p.x()[i];
          }
          return new Outcome(error * error / 2, 1, 1, true, 0, 0);
        }
      };
    }
  }

  @BeforeAll
  static void start() {
    context =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("trainer")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1"));
  }

  @AfterAll
  static void stop() {
    context.stop();
  }

  private static List<Point> points() {
    org.deepgm.math.RandomStream random = org.deepgm.math.RandomStream.of(8);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < EXAMPLES; i++) {
      double[] x = {random.nextGaussian(), random.nextGaussian(), 1};
      points.add(
          new Point(
              String.format("p%02d", i), x, 2 * x[0] - x[1] + 0.5 + 0.1 * random.nextGaussian()));
    }
    return points;
  }

  private static JavaRDD<ExampleBlock<Point>> blocks(int partitions) {
    List<ExampleBlock<Point>> blocks = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      int from = p * EXAMPLES / partitions;
      int to = (p + 1) * EXAMPLES / partitions;
      blocks.add(new ExampleBlock<>(from, new ArrayList<>(points().subList(from, to))));
    }
    return context.parallelize(blocks, partitions);
  }

  private static TrainingOptions options() {
    return new TrainingOptions(
        40,
        1,
        5,
        7,
        new OptimizerOptions(OptimizerOptions.Kind.ADAM, 0.9, 0.99, 0.001, 3),
        new Schedule(Schedule.Kind.COSINE, 0.2, 3, 0, 0.1, 0.5),
        0,
        1,
        0,
        new TrainingOptions.Execution(0, 0, 7, 2));
  }

  private SynchronousTrainer<Point> trainer(
      int partitions, Objective<Point> objective, List<TrainingListener> listeners) {
    return trainer(blocks(partitions), partitions, objective, options(), listeners);
  }

  private SynchronousTrainer<Point> trainer(
      JavaRDD<ExampleBlock<Point>> blocks,
      int partitions,
      Objective<Point> objective,
      TrainingOptions options,
      List<TrainingListener> listeners) {
    Storage storage = new Storage(new Configuration());
    String run =
        storage.qualify(work.resolve("run-" + partitions + objective.hashCode()).toString());
    MetricsFile metrics = new MetricsFile(storage, run + "/metrics.jsonl");
    return new SynchronousTrainer<>(
        context,
        blocks,
        EXAMPLES,
        objective,
        options,
        null,
        new Checkpoints(
            storage,
            run + "/checkpoints",
            2,
            new Checkpoints.Fingerprint(
                new ObjectMapper().createObjectNode(),
                new ObjectMapper().createObjectNode(),
                saved -> List.of())),
        metrics,
        listeners);
  }

  /** The same training on one thread, without Spark. */
  private static float[] byHand() {
    TrainingOptions options = options();
    Minibatches minibatches = new Minibatches(EXAMPLES, options.batch(), options.seed());
    Schedule schedule = options.schedule(options.steps());
    LeastSquares objective = new LeastSquares("");
    Optimizer optimizer = Optimizer.of(options.optimizer(), objective.layout());
    float[] w = new float[SIZE];
    for (int step = 0; step < options.steps(); step++) {
      int[] indices = minibatches.of(step);
      double[] mean = new double[SIZE];
      Objective.Worker<Point> worker = objective.worker();
      worker.load(w);
      for (int i : indices) {
        worker.addGradient(points().get(i), 0, mean);
      }
      double norm = 0;
      for (int i = 0; i < SIZE; i++) {
        mean[i] /= indices.length;
        norm += mean[i] * mean[i];
      }
      for (int i = 0; i < SIZE && Math.sqrt(norm) > 3; i++) {
        mean[i] *= 3 / Math.sqrt(norm);
      }
      optimizer.step(w, mean, schedule.rate(step));
    }
    return w;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 23})
  void distributedStepsAreTheStepsOfOneThread(int partitions) {
    List<Double> losses = new ArrayList<>();
    TrainingListener losing =
        new TrainingListener() {
          @Override
          public void onStep(Step step) {
            losses.add(step.loss());
          }
        };
    float[] trained =
        trainer(partitions, new LeastSquares(""), List.of(losing))
            .train(new float[SIZE], () -> false);
    // Fixed point rounds at 2^-24; Adam divides by the size of what it sees.
    assertArrayEquals(byHand(), trained, 1e-5f);
    assertArrayEquals(new float[] {2, -1, 0.5f}, trained, 0.5f);
    assertEquals(40, losses.size());
    assertTrue(losses.get(39) < 0.1 * losses.get(0), "losses " + losses);
  }

  @Test
  void aRunThatIsStoppedGoesOnToTheSameState() {
    int[] asked = new int[1];
    float[] none =
        trainer(2, new LeastSquares(""), List.of()).train(new float[SIZE], () -> ++asked[0] > 12);
    assertEquals(null, none);
    List<String> messages = new ArrayList<>();
    TrainingListener hearing =
        new TrainingListener() {
          @Override
          public void onMessage(String message) {
            messages.add(message);
          }
        };
    float[] resumed =
        trainer(2, new LeastSquares(""), List.of(hearing)).train(new float[SIZE], () -> false);
    assertTrue(messages.contains("resuming after step 12 of 40"), messages.toString());
    assertArrayEquals(
        trainer(1, new LeastSquares(""), List.of()).train(new float[SIZE], () -> false), resumed);
  }

  private static final AtomicBoolean DAMAGED = new AtomicBoolean();

  /** Points on a disk that goes bad. */
  private static final class Brittle extends AbstractList<Point> implements Serializable {
    private static final long serialVersionUID = 1L;
    private final ArrayList<Point> points;

    Brittle(List<Point> points) {
      this.points = new ArrayList<>(points);
    }

    @Override
    public Point get(int i) {
      if (i == 3 && DAMAGED.get()) {
        throw new DamagedStoreException("element 3", null);
      }
      return points.get(i);
    }

    @Override
    public int size() {
      return points.size();
    }
  }

  @Test
  void damagedExamplesAreReadAgainAndTheStepIsTheSame() {
    JavaRDD<ExampleBlock<Point>> brittle =
        blocks(2).map(block -> new ExampleBlock<>(block.first(), new Brittle(block.examples())));
    List<String> messages = new ArrayList<>();
    int[] renewed = new int[1];
    TrainingListener breaking =
        new TrainingListener() {
          @Override
          public void onStep(Step step) {
            if (step.step() % 15 == 0) {
              DAMAGED.set(true);
            }
          }

          @Override
          public void onMessage(String message) {
            messages.add(message);
          }
        };
    float[] trained =
        trainer(brittle, 2, new LeastSquares(""), options(), List.of(breaking))
            .keeping(
                partition -> {
                  renewed[0]++;
                  // Example 3 lies in the first of two partitions.
                  assertEquals(0, partition);
                  DAMAGED.set(false);
                })
            .train(new float[SIZE], () -> false);
    assertArrayEquals(
        trainer(3, new LeastSquares(""), List.of()).train(new float[SIZE], () -> false), trained);
    // Twice, at the first step that takes the example.
    assertEquals(2, renewed[0], messages.toString());
    assertTrue(
        messages.toString().contains("examples on a local disk are damaged"), messages.toString());
    DAMAGED.set(true);
    Exception e =
        assertThrows(
            Exception.class,
            () ->
                trainer(brittle, 7, new LeastSquares(""), options(), List.of())
                    .train(new float[SIZE], () -> false));
    DAMAGED.set(false);
    assertTrue(e.getMessage().contains("a local store is damaged: element 3"), e.getMessage());
  }

  @Test
  void aSliceThatRestsStaysAsItBegan() {
    float[] initial = {0.1f, 0.2f, 0.3f};
    float[] rested =
        trainer(2, new LeastSquares("", 40), List.of()).train(initial.clone(), () -> false);
    assertArrayEquals(initial, rested);
    float[] freed =
        trainer(3, new LeastSquares("", 20), List.of()).train(initial.clone(), () -> false);
    float[] all = trainer(3, new LeastSquares(""), List.of()).train(initial.clone(), () -> false);
    for (int i = 0; i < SIZE; i++) {
      assertTrue(freed[i] != initial[i] && freed[i] != all[i], "parameter " + i);
    }
  }

  /** (w - 1)^2 / 2 from a step on, whatever the example; nothing before. */
  private record Waking(int rest) implements Objective<Point> {
    @Override
    public int restingSteps(String slice) {
      return rest;
    }

    @Override
    public ParameterLayout layout() {
      return new LeastSquares("").layout();
    }

    @Override
    public Worker<Point> worker() {
      return new Worker<>() {
        private float[] w;
        private boolean awake;

        @Override
        public void load(float[] parameters) {
          throw new IllegalStateException("the trainer says the step");
        }

        @Override
        public void load(float[] parameters, int step) {
          w = parameters;
          awake = step >= rest;
        }

        @Override
        public Outcome addGradient(Point p, long seed, double[] gradient) {
          for (int i = 0; i < SIZE && awake; i++) {
            gradient[i] += w[i] - 1;
          }
          return new Outcome(0, 1, 1, true, 0, 0);
        }
      };
    }
  }

  @Test
  void aSliceThatWakesMovesAsIfTheRunBeganThere() {
    float[] fresh =
        trainer(blocks(2), 2, new Waking(0), constant(12), List.of())
            .train(new float[SIZE], () -> false);
    float[] woken =
        trainer(blocks(3), 3, new Waking(28), constant(40), List.of())
            .train(new float[SIZE], () -> false);
    assertTrue(fresh[0] > 0.1, "moved to " + fresh[0]);
    assertArrayEquals(fresh, woken, 1e-5f);
  }

  private static TrainingOptions constant(int steps) {
    TrainingOptions all = options();
    return new TrainingOptions(
        steps,
        1,
        5,
        7,
        new OptimizerOptions(OptimizerOptions.Kind.ADAM, 0.9, 0.999, 0, 0),
        new Schedule(Schedule.Kind.CONSTANT, 0.02, 0, 0, 0.1, 0.5),
        0,
        1,
        0,
        all.execution());
  }

  @Test
  void aGradientThatIsNotFiniteEndsTheRunAndNamesTheExample() {
    Exception e =
        assertThrows(
            DivergenceException.class,
            () ->
                trainer(7, new LeastSquares("p11"), List.of()).train(new float[SIZE], () -> false));
    assertTrue(e.getMessage().startsWith("training diverged: step 3 of 40, "), e.getMessage());
    assertTrue(e.getMessage().contains("gradient of p11"), e.getMessage());
    assertTrue(e.getMessage().endsWith("no checkpoint yet"), e.getMessage());
  }
}
