package org.deepgm.shards;

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
      table = spark.read().format(format).load(Storage.literal(path));
    } catch (Exception e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      boolean missing =
          reason.contains("DATA_SOURCE_NOT_FOUND") || reason.contains(format + ".Def");
      throw new InputException(
          path
              + ": expected a table in "
              + format
              + (missing
                  ? ", found no reader of it on the classpath (spark-submit's --packages brings one)"
                  : ", found one that cannot be read: " + reason),
          e);
    }
    Set<String> columns = Arrays.stream(table.schema().fieldNames()).collect(Collectors.toSet());
    return format.equals("parquet") && columns.equals(Set.of(shards.fieldNames())) ? null : table;
  }
}
