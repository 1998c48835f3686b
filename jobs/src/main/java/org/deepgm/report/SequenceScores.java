package org.deepgm.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deepgm.dataset.TaggingData.Record;
import org.deepgm.prediction.TaggingJob;
import org.deepgm.tagging.ChunkScores;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingModel;

/** What a report shows of a sequence tagger: its scores. */
public final class SequenceScores {
  private SequenceScores() {}

  /** The tiles of a model on labelled sequences. */
  public static ObjectNode of(
      JavaSparkContext context, JavaRDD<TaggingFormat.Sequence> sequences, TaggingModel model) {
    TaggingJob.Result result =
        TaggingJob.evaluate(context, sequences.map(s -> new Record(s, null)), model, null);
    ChunkScores scores = result.scores();
    ObjectNode root = Page.MAPPER.createObjectNode();
    root.put(
        "subtitle",
        model.parameters().length
            + " parameters, "
            + model.labels().size()
            + " labels; deepgm "
            + model.library());
    ArrayNode tiles = root.putArray("tiles");
    Page.tile(tiles, "%.2f %%", 100 * scores.accuracy(), "of tokens right");
    if (scores.chunks() > 0) {
      Page.tile(tiles, "%.2f", 100 * scores.f1(), "F1 of chunks");
      Page.tile(tiles, "%.2f %%", 100 * scores.precision(), "of found chunks right");
      Page.tile(tiles, "%.2f %%", 100 * scores.recall(), "of gold chunks found");
    }
    Page.tile(tiles, "%.4f", result.meanLoss(), "loss, nats a token");
    Page.tile(tiles, "%.0f", scores.sequences(), "sequences scored");
    return root;
  }
}
