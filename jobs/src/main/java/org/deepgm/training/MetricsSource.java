package org.deepgm.training;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;

/**
 * A run's progress among the metrics of the driver, {@code deepgm.training.*}: whatever sink Spark
 * is configured with sees it, Prometheus at {@code /metrics/prometheus} among them. Runs beside
 * each other, as of a cross-validation, are {@code deepgm.run-2.training.*} and so on.
 */
public final class MetricsSource implements Source, TrainingListener, AutoCloseable {
  /** Numbers of the runs that are shown now, in this process. */
  private static final BitSet SHOWN = new BitSet();

  private final int number;
  private final MetricRegistry registry = new MetricRegistry();
  private final Map<String, Double> values = new ConcurrentHashMap<>();

  /** Registers with the Spark of this process. */
  public MetricsSource() {
    synchronized (SHOWN) {
      number = SHOWN.nextClearBit(1);
      SHOWN.set(number);
    }
    SparkEnv.get().metricsSystem().registerSource(this);
  }

  @Override
  public String sourceName() {
    return number == 1 ? "deepgm.training" : "deepgm.run-" + number + ".training";
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }

  private void show(String name, double value) {
    if (values.put(name, value) == null) {
      registry.register(name, (Gauge<Double>) () -> values.get(name));
    }
  }

  /** Records that were left out. */
  public void badRecords(int count) {
    show("bad_records", count);
  }

  @Override
  public void onStep(Step step) {
    show("step", step.step());
    show("steps", step.total());
    show("loss", step.loss());
    show("examples_per_second", step.examples() / step.seconds());
    // Its name until 0.1; panels that people have made ask for it.
    show("images_per_second", step.examples() / step.seconds());
    show("sweeps", step.sweeps());
    show("gradient_norm", step.gradientNorm());
  }

  @Override
  public void onValidation(int step, Map<String, Double> scores, double seconds, boolean best) {
    new TreeMap<>(scores).forEach((name, value) -> show("validation_" + name, value));
  }

  @Override
  public void close() {
    if (SparkEnv.get() != null) {
      SparkEnv.get().metricsSystem().removeSource(this);
    }
    synchronized (SHOWN) {
      SHOWN.clear(number);
    }
  }
}
