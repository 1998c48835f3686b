package org.deepgm.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Opens Spark as the submission configures it; no master is ever set here. */
final class Sessions {
  /**
   * What s3a paths need, unless the submission says otherwise: the magic committer, which writes
   * under final names and completes uploads when a job succeeds; patience with a server that asks
   * for less (503), and not with one that is away.
   */
  private static final Map<String, String> OBJECT_STORES = new LinkedHashMap<>();

  static {
    String s3a = "spark.hadoop.fs.s3a.";
    OBJECT_STORES.put(s3a + "committer.name", "magic");
    OBJECT_STORES.put(s3a + "committer.magic.enabled", "true");
    OBJECT_STORES.put(
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a",
        "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory");
    OBJECT_STORES.put(
        "spark.sql.sources.commitProtocolClass",
        "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol");
    OBJECT_STORES.put(
        "spark.sql.parquet.output.committer.class",
        "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter");
    OBJECT_STORES.put(s3a + "attempts.maximum", "3");
    OBJECT_STORES.put(s3a + "retry.limit", "4");
    OBJECT_STORES.put(s3a + "retry.interval", "500ms");
    OBJECT_STORES.put(s3a + "retry.throttle.limit", "20");
    OBJECT_STORES.put(s3a + "retry.throttle.interval", "200ms");
    OBJECT_STORES.put(s3a + "connection.establish.timeout", "5s");
    OBJECT_STORES.put(s3a + "connection.timeout", "30s");
  }

  private Sessions() {}

  static SparkSession open(String command) {
    SparkConf conf = new SparkConf();
    OBJECT_STORES.forEach(conf::setIfMissing);
    return SparkSession.builder().config(conf).appName("deepgm " + command).getOrCreate();
  }

  /** Whether standard output is a terminal; the launcher script knows and says so. */
  static boolean terminal() {
    return System.console() != null && "1".equals(System.getenv("DEEPGM_TERMINAL"));
  }
}
