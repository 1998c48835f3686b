package org.deepgm.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.DataSource;
import org.deepgm.dataset.KryoRecords;
import org.deepgm.dataset.Storage;

/** Opens Spark as the submission configures it; no master is ever set here. */
final class Sessions {
  /**
   * Of s3a paths, unless the submission says otherwise: patience with a server that asks for less
   * (503), and not with one that is away. (Spark takes the magic committer for them by itself where
   * its module hadoop-cloud is at hand.)
   */
  private static final Map<String, String> OBJECT_STORES = new LinkedHashMap<>();

  static {
    String s3a = "spark.hadoop.fs.s3a.";
    OBJECT_STORES.put(s3a + "attempts.maximum", "3");
    OBJECT_STORES.put(s3a + "retry.limit", "4");
    OBJECT_STORES.put(s3a + "retry.interval", "500ms");
    OBJECT_STORES.put(s3a + "retry.throttle.limit", "20");
    OBJECT_STORES.put(s3a + "retry.throttle.interval", "200ms");
    OBJECT_STORES.put(s3a + "connection.establish.timeout", "15s");
    OBJECT_STORES.put(s3a + "connection.timeout", "30s");
  }

  private Sessions() {}

  /** Files as the command will see them, before Spark has started. */
  static Storage storage() {
    return new Storage(SparkHadoopUtil.get().newConfiguration(new SparkConf()));
  }

  /**
   * Looks at what was named, before seconds are spent on starting Spark, and says that the command
   * has begun.
   *
   * @param sources data sets; nulls are passed over
   */
  static void begin(String command, DataSource... sources) {
    Storage storage = storage();
    for (DataSource source : sources) {
      if (source != null) {
        source.probe(storage);
      }
    }
    System.out.println("starting Spark for " + command);
    System.out.flush();
  }

  static SparkSession open(String command) {
    SparkConf conf = new SparkConf();
    OBJECT_STORES.forEach(conf::setIfMissing);
    KryoRecords.configure(conf);
    return SparkSession.builder().config(conf).appName("deepgm " + command).getOrCreate();
  }

  /** Whether standard output is a terminal; the launcher script knows and says so. */
  static boolean terminal() {
    return System.console() != null && "1".equals(System.getenv("DEEPGM_TERMINAL"));
  }
}
