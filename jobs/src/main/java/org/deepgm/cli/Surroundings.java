package org.deepgm.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.apache.spark.SparkConf;
import org.deepgm.fault.InputException;

/** What Spark needs of this machine and of a cluster, looked at before it starts: in one line. */
final class Surroundings {
  /** What Spark asks for: 300 MB for itself, and half as much again. */
  private static final long LEAST_HEAP = 450L << 20;

  private static final int TRIES = 3;
  private static final int PATIENCE_MILLIS = 5000;

  private Surroundings() {}

  /**
   * Checks memory and master.
   *
   * @throws InputException with what is missing
   */
  static void check(SparkConf conf) {
    if (conf.contains("spark.testing")) {
      return;
    }
    long heap = Runtime.getRuntime().maxMemory();
    if (heap < LEAST_HEAP) {
      throw new InputException(
          "Expected a driver of at least "
              + (LEAST_HEAP >> 20)
              + " MB (--driver-memory), found "
              + (heap >> 20));
    }
    String master = conf.get("spark.master", "");
    boolean local = master.isEmpty() || master.startsWith("local");
    long executor = local ? LEAST_HEAP >> 20 : executorMegabytes(conf);
    if (executor < LEAST_HEAP >> 20) {
      throw new InputException(
          "Expected executors of at least "
              + (LEAST_HEAP >> 20)
              + " MB (--executor-memory), found "
              + executor);
    }
    if (master.startsWith("spark://")) {
      checkMaster(master);
    }
  }

  private static long executorMegabytes(SparkConf conf) {
    try {
      return conf.getSizeAsMb("spark.executor.memory", "1g");
    } catch (NumberFormatException e) {
      throw new InputException(
          "Expected a size such as 4g for --executor-memory, found "
              + conf.get("spark.executor.memory"),
          e);
    }
  }

  /** One of the masters must listen; Spark itself would try for a minute. */
  private static void checkMaster(String master) {
    String reason = "";
    for (int attempt = 0; attempt < TRIES; attempt++) {
      for (String address : master.substring("spark://".length()).split(",")) {
        int colon = address.lastIndexOf(':');
        if (colon < 1 || !address.substring(colon + 1).matches("\\d{1,5}")) {
          throw new InputException("Expected spark://HOST:PORT for --master, found " + master);
        }
        int port = Integer.parseInt(address.substring(colon + 1));
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(address.substring(0, colon), port), PATIENCE_MILLIS);
          return;
        } catch (IOException | IllegalArgumentException e) {
          reason = String.valueOf(e.getMessage());
        }
      }
      pause();
    }
    throw new InputException(master + " does not answer: " + reason);
  }

  private static void pause() {
    try {
      Thread.sleep(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException("interrupted", e);
    }
  }
}
