package org.deepgm.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.deepgm.demo.Rings;
import org.deepgm.fault.InputException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs in spark.ml. */
class GraphLabelerIT {
  @TempDir static Path work;
  private static SparkSession spark;
  private static Dataset<Row> graphs;

  @BeforeAll
  static void make() throws IOException {
    Files.write(work.resolve("rings.jsonl"), Rings.lines("train", 24, 1));
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    graphs =
        spark.read().json(work + "/rings.jsonl").selectExpr("*", "id LIKE '%3' AS held").cache();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static GraphLabeler labeler() {
    return new GraphLabeler()
        .setOption("training.steps", 100)
        .setOption("training.batch", 4)
        .setOption("training.rate", 0.05)
        .setOption("training.validate-by", "loss")
        .setValidationIndicatorCol("held")
        .setProbabilityCol("marginals");
  }

  @Test
  void fitsLabelsSavesAndLoads() {
    GraphLabelerModel model = labeler().fit(graphs);
    assertEquals(100, model.summary().steps());
    assertTrue(!model.summary().validations().isEmpty());
    String path = work + "/saved";
    try {
      model.write().save(path);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    GraphLabelerModel loaded = GraphLabelerModel.load(path);
    assertArrayEquals(model.model().parameters(), loaded.model().parameters());
    List<Row> rows = loaded.transform(graphs).collectAsList();
    int right = 0;
    int all = 0;
    for (Row row : rows) {
      List<Integer> found = row.getList(row.fieldIndex("prediction"));
      List<Long> gold = row.getList(row.fieldIndex("labels"));
      List<Double> marginals = row.getList(row.fieldIndex("marginals"));
      assertEquals(3 * gold.size(), marginals.size());
      for (int v = 0; v < gold.size(); v++) {
        right += gold.get(v) == (long) found.get(v) ? 1 : 0;
        all++;
      }
    }
    assertTrue(right > 0.6 * all, right + " of " + all);
    GraphLabelerModel again = labeler().fit(graphs.repartition(5));
    assertArrayEquals(model.model().parameters(), again.model().parameters());
  }

  @Test
  void wrongOptionsAndColumnsAreNamed() {
    InputException e =
        assertThrows(
            InputException.class, () -> new GraphLabeler().setOption("graphs.engine", "best"));
    assertTrue(e.getMessage().contains("graphs.engine"), e.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> labeler().setValidationIndicatorCol("none").fit(graphs));
    assertThrows(InputException.class, () -> labeler().fit(graphs.drop("nodes")));
    Dataset<Row> unsure = graphs.withColumn("held", functions.expr("if(held, null, false)"));
    e = assertThrows(InputException.class, () -> labeler().fit(unsure));
    assertTrue(e.getMessage().contains("found null in"), e.getMessage());
  }
}
