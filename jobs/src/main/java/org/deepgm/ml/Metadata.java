package org.deepgm.ml;

import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.sql.SparkSession;

/** The one place that touches what spark.ml keeps to itself: its {@code metadata/}. */
final class Metadata {
  private Metadata() {}

  static void write(Params instance, String path, SparkSession spark) {
    DefaultParamsWriter.saveMetadata(
        instance, path, spark, scala.Option.empty(), scala.Option.empty());
  }

  /** Sets the Params that were saved; the uid of the instance must be that of {@link #uid}. */
  static void read(Params instance, String path, SparkSession spark, String type) {
    DefaultParamsReader.loadMetadata(path, spark, type)
        .getAndSetParams(instance, scala.Option.empty());
  }

  static String uid(String path, SparkSession spark, String type) {
    return DefaultParamsReader.loadMetadata(path, spark, type).uid();
  }
}
