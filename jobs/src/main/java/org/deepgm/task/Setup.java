package org.deepgm.task;

import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Storage;

/**
 * What a command gives a task to work with.
 *
 * @param spark the session
 * @param storage its files
 * @param settings of the task
 * @param inputs what the command line names
 * @param library version of deepgm
 * @param tell is told what a person should know
 */
public record Setup(
    SparkSession spark,
    Storage storage,
    Settings settings,
    Inputs inputs,
    String library,
    Consumer<String> tell) {
  /** The same with other inputs. */
  public Setup with(Inputs others) {
    return new Setup(spark, storage, settings, others, library, tell);
  }

  /** The session's context. */
  public JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(spark.sparkContext());
  }

  /** Partitions of data that is gone through once. */
  public int partitions() {
    return 2 * spark.sparkContext().defaultParallelism();
  }
}
