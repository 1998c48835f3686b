package org.deepgm.cli;

import org.apache.spark.sql.SparkSession;

/** Opens Spark as the submission configures it; no master is ever set here. */
final class Sessions {
  private Sessions() {}

  static SparkSession open(String command) {
    return SparkSession.builder().appName("deepgm " + command).getOrCreate();
  }

  /** Whether standard output is a terminal; the launcher script knows and says so. */
  static boolean terminal() {
    return System.console() != null && "1".equals(System.getenv("DEEPGM_TERMINAL"));
  }
}
