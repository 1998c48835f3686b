package org.deepgm.shards;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;

/** Tables in the folders of others: Parquet, Delta Lake, Iceberg. */
public final class Tables {
  private Tables() {}

  /** Whether a folder holds shards or a table of any kind, in partitions or not. */
  public static boolean there(Storage storage, String path) {
    return !storage.isFile(path)
        && (Shards.there(storage, path)
            || !format(storage, path).equals("parquet")
            || storage.names(path).stream().anyMatch(name -> name.matches("[^_.=][^=]*=.+")));
  }

  private static String format(Storage storage, String path) {
    List<String> names = storage.names(path);
    if (names.contains("_delta_log")) {
      return "delta";
    }
    boolean iceberg =
        names.contains("metadata")
            && storage.names(path + "/metadata").stream()
                .anyMatch(name -> name.endsWith(".metadata.json"));
    return iceberg ? "iceberg" : "parquet";
  }

  /**
   * Opens a table that is none of our shards; null for shards, also such as are not finished.
   *
   * @param shards the columns of shards
   * @throws InputException if it cannot be read
   */
  public static Dataset<Row> open(
      SparkSession spark, Storage storage, String path, StructType shards) {
    List<String> names = storage.names(path);
    String format = format(storage, path);
    boolean ours =
        names.contains(Manifest.FILE)
            || names.contains(PackJob.WORK)
            || names.stream().anyMatch(name -> name.matches("_?(images|labels|graphs)\\.json"));
    if (names.isEmpty() || ours) {
      return null;
    }
    Dataset<Row> table;
    try {
      // Spark's own readers see patterns in paths; theirs take a name without a slash for another.
      String place = format.equals("parquet") ? Storage.literal(path) : storage.qualify(path);
      table = spark.read().format(format).load(place);
    } catch (Exception | LinkageError e) {
      throw new InputException(
          path + ": expected a table in " + format + why(format, spark.version(), e), e);
    }
    Set<String> columns = Arrays.stream(table.schema().fieldNames()).collect(Collectors.toSet());
    return format.equals("parquet") && columns.equals(Set.of(shards.fieldNames())) ? null : table;
  }

  private static String why(String format, String spark, Throwable e) {
    String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    if (e instanceof LinkageError) {
      return ", found a reader of it that is made for another Spark than " + spark + ": " + reason;
    }
    if (reason.contains("DATA_SOURCE_NOT_FOUND") || reason.contains(format + ".Def")) {
      return ", found no reader of it on the classpath (spark-submit's --jars or --packages brings"
          + " one)";
    }
    String hint = "";
    if (reason.contains("DELTA_CONFIGURE_SPARK_SESSION")) {
      hint =
          "; it wants --conf spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension and --conf"
              + " spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog";
      reason = "a session that is not set up for it";
    } else if (reason.contains("HiveCatalog")) {
      hint =
          "; a table without a catalog wants --conf"
              + " spark.sql.catalog.default_iceberg=org.apache.iceberg.spark.SparkCatalog, --conf"
              + " spark.sql.catalog.default_iceberg.type=hadoop and --conf"
              + " spark.sql.catalog.default_iceberg.warehouse=DIR";
    }
    return ", found one that cannot be read: " + reason + hint;
  }

  /**
   * A short text that changes when the rows of a table might have: of its data files, and of the
   * log or the metadata that say which rows of them count.
   */
  public static String version(Storage storage, String path) {
    String format = format(storage, path);
    if (format.equals("parquet")) {
      return Shards.version(storage, path);
    }
    StringBuilder all = new StringBuilder();
    for (Storage.Entry file : storage.list(path, text -> {}).entries()) {
      // Checkpoints of Delta's log say again what it says.
      if (!file.relative().startsWith("_delta_log/") || file.relative().endsWith(".json")) {
        all.append(file.relative()).append(' ').append(file.length()).append(' ');
        all.append(file.modified()).append('\n');
      }
    }
    return ModelFiles.sha256(all.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }
}
