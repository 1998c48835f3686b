package org.deepgm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.deepgm.dataset.KryoRecords;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;

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
    // As Hadoop 3.4 reads; 3.5 would prefetch by a library of its own.
    OBJECT_STORES.put(s3a + "input.stream.type", "classic");
    OBJECT_STORES.put(s3a + "attempts.maximum", "3");
    OBJECT_STORES.put(s3a + "retry.limit", "4");
    OBJECT_STORES.put(s3a + "retry.interval", "500ms");
    OBJECT_STORES.put(s3a + "retry.throttle.limit", "20");
    OBJECT_STORES.put(s3a + "retry.throttle.interval", "200ms");
    OBJECT_STORES.put(s3a + "connection.establish.timeout", "15s");
    OBJECT_STORES.put(s3a + "connection.timeout", "30s");
  }

  private static final String UMASK = "fs.permissions.umask-mode";

  private Sessions() {}

  /** Files as the command will see them, before Spark has started. */
  static Storage storage() {
    // With all settings: Hadoop keeps a file system as it was first opened.
    return new Storage(SparkHadoopUtil.get().newConfiguration(settings()));
  }

  /**
   * Looks at what was named, before seconds are spent on starting Spark, and says that the command
   * has begun.
   *
   * @param paths of data
   */
  static void begin(String command, List<String> paths) {
    Storage storage = storage();
    for (String path : paths) {
      if (!storage.exists(path)) {
        throw new InputException(path + ": no such file or directory");
      }
    }
    Surroundings.check(settings());
    System.out.println("starting Spark for " + command);
    System.out.flush();
  }

  private static SparkConf settings() {
    SparkConf conf = new SparkConf();
    OBJECT_STORES.forEach(conf::setIfMissing);
    KryoRecords.configure(conf);
    // Rows are images: thousands of them at once, as by default, do not fit a small heap.
    conf.setIfMissing("spark.sql.parquet.columnarReaderBatchSize", "64");
    // A standalone worker keeps the secret off the command line of a driver that it starts, and
    // hands it on here.
    String secret = System.getenv("_SPARK_AUTH_SECRET");
    if (secret != null && conf.getBoolean("spark.authenticate", false)) {
      conf.setIfMissing("spark.authenticate.secret", secret);
    }
    String mask = umask();
    if (mask != null && !ofThisSite(UMASK)) {
      conf.setIfMissing("spark.hadoop." + UMASK, mask);
    }
    return conf;
  }

  static SparkSession open(String command) {
    return SparkSession.builder().config(settings()).appName("deepgm " + command).getOrCreate();
  }

  /** Whether a file of this cluster's sets a key of Hadoop, beyond Hadoop's own defaults. */
  private static boolean ofThisSite(String key) {
    String[] sources = new Configuration().getPropertySources(key);
    return sources != null && sources.length > 0 && !sources[0].endsWith("-default.xml");
  }

  /** The rights that this process keeps from others, which Hadoop would not ask for; or null. */
  private static String umask() {
    try {
      // Made with all rights but those.
      Path file = Path.of(System.getProperty("java.io.tmpdir"), "deepgm-" + UUID.randomUUID());
      Files.createDirectory(file);
      try {
        int kept = 0777;
        for (PosixFilePermission right : Files.getPosixFilePermissions(file)) {
          kept &= ~(1 << 8 - right.ordinal());
        }
        return String.format(Locale.ROOT, "%03o", kept);
      } finally {
        Files.delete(file);
      }
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
  }

  /** Whether standard output is a terminal; the launcher script knows and says so. */
  static boolean terminal() {
    return System.console() != null && "1".equals(System.getenv("DEEPGM_TERMINAL"));
  }
}
