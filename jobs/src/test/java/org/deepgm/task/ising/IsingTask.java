package org.deepgm.task.ising;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.chain.ChainMarginals;
import org.deepgm.chain.ChainScores;
import org.deepgm.chain.LinearChain;
import org.deepgm.configuration.Key;
import org.deepgm.dataset.Data;
import org.deepgm.dataset.Source;
import org.deepgm.dataset.Summary;
import org.deepgm.dataset.TextFiles;
import org.deepgm.fault.RecordException;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.network.ParameterLayout;
import org.deepgm.structure.Identified;
import org.deepgm.structure.Likelihood;
import org.deepgm.structure.Objective;
import org.deepgm.task.Format;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;
import org.deepgm.task.Scores;
import org.deepgm.task.Setup;
import org.deepgm.task.Start;
import org.deepgm.task.Task;
import org.deepgm.task.Terms;
import org.deepgm.task.Tiles;

/**
 * A task that only the tests know: spins in a row, each in a field of its own, coupled to their
 * neighbours. Its text: a line a chain, fields with blanks between them, behind a tab + and -.
 */
public final class IsingTask
    implements Task<IsingTask.Chain, IsingTask.Count, IsingTask.IsingModel, IsingTask.SpinScores> {
  /** Fields, and the spins, 0 or 1, or null. */
  public record Chain(String id, double[] fields, int[] spins) implements Identified, Serializable {
    static Chain read(String id, String line, boolean gold) {
      String[] parts = line.split("\t");
      double[] fields =
          Arrays.stream(parts[0].split(" ")).mapToDouble(Double::parseDouble).toArray();
      if (gold && (parts.length < 2 || parts[1].length() != fields.length)) {
        String message = id + ": expected a spin a field, found \"" + line + "\"";
        throw new RecordException(RecordException.Kind.MALFORMED, message);
      }
      return new Chain(
          id, fields, gold ? parts[1].chars().map(c -> c == '+' ? 1 : 0).toArray() : null);
    }
  }

  /** How many chains there are. */
  public static final class Count implements Summary<Chain, Count> {
    private static final long serialVersionUID = 1L;
    private int count;
    private int hash;

    @Override
    public void add(Chain chain) {
      count++;
      hash += 31 * chain.id().hashCode() + Arrays.hashCode(chain.spins());
    }

    @Override
    public void merge(Count later) {
      count += later.count;
      hash += later.hash;
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public String checksum() {
      return Integer.toHexString(hash);
    }
  }

  /** s(Y) = sum a x_t y_t + sum J y_t y_{t+1}, spins y of -1 and 1. */
  public record IsingModel(float[] parameters, String library, String training)
      implements Model<IsingModel> {
    private static ParameterLayout slices() {
      ParameterLayout.Builder builder = ParameterLayout.builder();
      builder.add("field.weight", false, 1);
      builder.add("coupling.weight", false, 1);
      return builder.build();
    }

    static ChainScores scores(float[] p, Chain chain) {
      double[] node = new double[2 * chain.fields().length];
      for (int i = 0; i < node.length; i++) {
        node[i] = (i % 2 == 0 ? -1 : 1) * p[0] * chain.fields()[i / 2];
      }
      double[] edge = {p[1], -p[1], -p[1], p[1]};
      return new ChainScores(chain.fields().length, 2, node, edge);
    }

    @Override
    public ParameterLayout layout() {
      return slices();
    }

    @Override
    public IsingModel with(float[] other) {
      return new IsingModel(other, library, training);
    }

    @Override
    public Map<String, byte[]> encode() {
      try {
        ObjectNode node = new ObjectMapper().createObjectNode().put("library", library);
        node.set("training", new ObjectMapper().readTree(training));
        return ModelFiles.encode(new ModelFiles.Content("ising", node, parameters), slices());
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The exact likelihood. */
  record IsingObjective() implements Objective<Chain> {
    @Override
    public ParameterLayout layout() {
      return IsingModel.slices();
    }

    @Override
    public Worker<Chain> worker() {
      Likelihood<ChainScores, ChainMarginals, int[]> likelihood =
          new Likelihood<>(new LinearChain());
      return new Worker<>() {
        private float[] p;

        @Override
        public void load(float[] parameters) {
          p = parameters;
        }

        @Override
        public Outcome addGradient(Chain chain, long seed, double[] gradient) {
          Likelihood.Loss<ChainMarginals> loss =
              likelihood.of(IsingModel.scores(p, chain), chain.spins());
          for (int t = 0; t < chain.spins().length; t++) {
            double[] by = loss.gradient().node();
            gradient[0] += chain.fields()[t] * (by[2 * t + 1] - by[2 * t]);
          }
          double[] by = loss.gradient().edge();
          gradient[1] += by[0] - by[1] - by[2] + by[3];
          return new Outcome(loss.nats(), chain.spins().length, 0, true, 0, 0);
        }
      };
    }
  }

  /** Spins that are right. */
  public static final class SpinScores implements Scores<SpinScores> {
    private static final long serialVersionUID = 1L;
    private long chains;
    private long spins;
    private long right;

    @Override
    public void merge(SpinScores other) {
      chains += other.chains;
      spins += other.spins;
      right += other.right;
    }

    @Override
    public long count() {
      return chains;
    }

    @Override
    public Map<String, Double> values() {
      return Map.of("accuracy", (double) right / spins);
    }

    @Override
    public String text() {
      return right + " of " + spins + " spins right\n";
    }

    @Override
    public ObjectNode json() {
      return new ObjectMapper().createObjectNode().put("accuracy", (double) right / spins);
    }

    @Override
    public void show(ObjectNode page) {
      Tiles.add(page.putArray("tiles"), "%.1f %%", 100.0 * right / spins, "of spins right");
    }
  }

  /** The best spins. */
  record IsingLabeling(IsingModel model) implements Labeling<Chain, SpinScores> {
    @Override
    public SpinScores scores() {
      return new SpinScores();
    }

    @Override
    public String identity() {
      return "best";
    }

    @Override
    public Labeler<Chain, SpinScores> labeler() {
      return new Labeler<>() {
        private Chain chain;
        private int[] found;

        @Override
        public void label(Chain record) {
          chain = record;
          found = new LinearChain().argmax(IsingModel.scores(model.parameters(), record));
        }

        @Override
        public String text() {
          StringBuilder out = new StringBuilder();
          Arrays.stream(found).forEach(y -> out.append(y == 1 ? '+' : '-'));
          return out.append('\n').toString();
        }

        @Override
        public Object[] cells() {
          return new Object[] {chain.id(), text().strip()};
        }

        private long right() {
          return IntStream.range(0, found.length).filter(t -> found[t] == chain.spins()[t]).count();
        }

        @Override
        public void score(SpinScores scores) {
          scores.chains++;
          scores.spins += found.length;
          scores.right += right();
        }

        @Override
        public double quality() {
          return (double) right() / found.length;
        }

        @Override
        public void show(ObjectNode node) {
          node.put("found", text().strip());
        }
      };
    }
  }

  @Override
  public String name() {
    return "ising";
  }

  @Override
  public List<Key> keys() {
    return List.of(Key.number("ising.start", -10, 10));
  }

  @Override
  public List<String> sections() {
    return List.of("ising");
  }

  @Override
  public String reference() {
    return "ising {\n  # Both parameters before the first step.\n  start = 0.0\n}\n";
  }

  @Override
  public Terms terms() {
    return new Terms("chain", "chains", "spin", "aligned", List.of(), null);
  }

  @Override
  public Source<Chain> source(Setup setup, IsingModel model, boolean gold) {
    return new TextFiles<>(
        setup.spark(),
        setup.inputs().get("data"),
        setup.settings().encoding(),
        (text, name) -> {
          String[] lines = text.split("\n");
          return IntStream.range(0, lines.length)
              .mapToObj(i -> new TextFiles.Piece(name + ", line " + (i + 1), lines[i], null))
              .iterator();
        },
        (id, text) -> Chain.read(id, text, gold),
        setup.tell());
  }

  @Override
  public Data.Summaries<Count> summaries(Setup setup) {
    return Count::new;
  }

  @Override
  public void check(Setup setup) {
    setup.settings().training();
  }

  @Override
  public Start<?, IsingModel> start(
      Setup setup, Data<Chain, Count> train, Data<Chain, Count> validation, IsingModel initial) {
    float start = (float) setup.settings().number("ising.start");
    String training = setup.settings().mathematical().toString();
    return new Start<>(
        new IsingObjective(),
        new IsingModel(new float[] {start, start}, setup.library(), training),
        train.values(),
        true,
        List.of(),
        "2 spins",
        List.of(),
        scores -> scores.get("accuracy"));
  }

  @Override
  public boolean fits(String slice, IsingModel initial, IsingModel model) {
    return true;
  }

  @Override
  public IsingModel decode(ModelFiles.Source files, String place) {
    return ModelFiles.decode(
        files,
        place,
        "ising",
        (node, parameters, library, training) -> new IsingModel(parameters, library, training),
        IsingModel::layout);
  }

  @Override
  public Labeling<Chain, SpinScores> labeling(Setup setup, IsingModel model, Use use) {
    return new IsingLabeling(model);
  }

  @Override
  public List<Format> formats() {
    return List.of(
        Format.text(null, "", "?\n"),
        Format.parquet(
            new StructType()
                .add("id", DataTypes.StringType, false)
                .add("spins", DataTypes.StringType, false)));
  }

  @Override
  public void showModel(IsingModel model, ObjectNode page) {
    page.put("subtitle", Arrays.toString(model.parameters()));
  }
}
