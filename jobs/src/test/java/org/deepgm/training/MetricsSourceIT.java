package org.deepgm.training;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** The metrics of a run as Prometheus reads them from Spark's own page. */
class MetricsSourceIT {
  @Test
  void prometheusSeesARun() throws Exception {
    String sink = "spark.metrics.conf.driver.sink.prometheusServlet.";
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", true)
            .config("spark.ui.port", 0)
            .config("spark.driver.host", "127.0.0.1")
            .config(sink + "class", "org.apache.spark.metrics.sink.PrometheusServlet")
            .config(sink + "path", "/metrics/prometheus")
            .getOrCreate()) {
      String url = spark.sparkContext().uiWebUrl().get() + "/metrics/prometheus/";
      try (MetricsSource source = new MetricsSource()) {
        source.badRecords(3);
        source.onStep(
            new TrainingListener.Step(
                7, 20, 1, 0.625, 1, 0.01, 8, 5, 0, 0.5, 0.4, 0.01, 0.3, 0.2, 0.1, 9, 0.5));
        source.onValidation(7, Map.of("miou", 0.75), 1, true);
        String page = get(url);
        assertTrue(page.matches("(?s).*deepgm_training_loss\\S* 0\\.625\\s.*"), page);
        assertTrue(page.matches("(?s).*deepgm_training_images_per_second\\S* 16\\.0\\s.*"), page);
        assertTrue(page.matches("(?s).*deepgm_training_sweeps\\S* 5\\.0\\s.*"), page);
        assertTrue(page.matches("(?s).*deepgm_training_bad_records\\S* 3\\.0\\s.*"), page);
        assertTrue(page.matches("(?s).*deepgm_training_validation_miou\\S* 0\\.75\\s.*"), page);
      }
      assertFalse(get(url).contains("deepgm_training"), "it leaves with its run");
    }
  }

  private static String get(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
