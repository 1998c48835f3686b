package org.deepgm.prediction;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Record;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.structure.Identified;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;
import org.deepgm.task.Scored;
import org.deepgm.task.Scores;

/** Scores a model on labelled records, in one pass over them; nothing is kept. */
public final class EvaluationJob {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private EvaluationJob() {}

  /**
   * What an evaluation found.
   *
   * @param scored the scores
   * @param ranked ids from the worst record to the best; empty where that was not asked for
   */
  public record Result<E>(Scored<E> scored, List<String> ranked) {}

  private record Quality(String id, double value) implements Serializable {}

  private record Part<E>(
      E scores, List<BadRecord> bad, List<BadRecord> notes, List<Quality> qualities)
      implements Serializable {}

  /**
   * Scores records as they are read.
   *
   * @param rank whether their order by quality is wanted
   */
  public static <R extends Identified, E extends Scores<E>> Result<E> evaluate(
      JavaSparkContext context, JavaRDD<Record<R>> records, Labeling<R, E> labeling, boolean rank) {
    Broadcast<Labeling<R, E>> broadcast = context.broadcast(labeling);
    try {
      List<Part<E>> parts =
          records
              .mapPartitions(it -> List.of(part(it, broadcast.value(), rank)).iterator())
              .collect();
      E total = labeling.scores();
      List<BadRecord> bad = new ArrayList<>();
      List<BadRecord> notes = new ArrayList<>();
      List<Quality> qualities = new ArrayList<>();
      for (Part<E> part : parts) {
        total.merge(part.scores());
        bad.addAll(part.bad());
        notes.addAll(part.notes());
        qualities.addAll(part.qualities());
      }
      qualities.sort(
          (a, b) ->
              a.value() != b.value()
                  ? Double.compare(a.value(), b.value())
                  : a.id().compareTo(b.id()));
      return new Result<>(
          new Scored<>(total, bad, notes), qualities.stream().map(Quality::id).toList());
    } finally {
      broadcast.destroy();
    }
  }

  private static <R extends Identified, E extends Scores<E>> Part<E> part(
      Iterator<Record<R>> records, Labeling<R, E> labeling, boolean rank) {
    Part<E> part =
        new Part<>(labeling.scores(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    Labeler<R, E> labeler = labeling.labeler();
    while (records.hasNext()) {
      Record<R> record = records.next();
      if (record.bad() != null) {
        part.bad().add(record.bad());
        continue;
      }
      if (record.note() != null) {
        part.notes().add(record.note());
      }
      String id = record.value().id();
      try {
        labeler.label(record.value());
        labeler.score(part.scores());
        if (rank && !Double.isNaN(labeler.quality())) {
          part.qualities().add(new Quality(id, labeler.quality()));
        }
      } catch (RecordException e) {
        part.bad().add(BadRecord.of(id, e));
      } catch (ArithmeticException e) {
        throw new InputException(id + ": " + e.getMessage(), e);
      }
    }
    return part;
  }

  /**
   * What a report shows of some records, labelled as they were scored.
   *
   * @param records these and perhaps others
   * @param ranks of them, by id, in the order in which to show them
   */
  public static <R extends Identified, E extends Scores<E>> List<ObjectNode> examples(
      JavaSparkContext context,
      JavaRDD<Record<R>> records,
      Labeling<R, E> labeling,
      Map<String, String> ranks) {
    if (ranks.isEmpty()) {
      return List.of();
    }
    context.setJobDescription("examples of the report");
    Broadcast<Labeling<R, E>> broadcast = context.broadcast(labeling);
    Map<String, String> chosen = new HashMap<>(ranks);
    try {
      Map<String, ObjectNode> shown = new HashMap<>();
      for (String json :
          records
              .filter(r -> r.value() != null && chosen.containsKey(r.value().id()))
              .mapPartitions(it -> shown(it, broadcast.value()).iterator())
              .collect()) {
        ObjectNode node = (ObjectNode) MAPPER.readTree(json);
        shown.put(node.get("id").asText(), node);
      }
      List<ObjectNode> examples = new ArrayList<>();
      ranks.forEach(
          (id, rank) -> {
            if (shown.containsKey(id)) {
              examples.add(shown.get(id).put("rank", rank));
            }
          });
      return examples;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } finally {
      broadcast.destroy();
    }
  }

  private static <R extends Identified, E extends Scores<E>> List<String> shown(
      Iterator<Record<R>> records, Labeling<R, E> labeling) {
    List<String> out = new ArrayList<>();
    Labeler<R, E> labeler = labeling.showing();
    while (records.hasNext()) {
      R record = records.next().value();
      labeler.label(record);
      ObjectNode node = MAPPER.createObjectNode().put("id", record.id());
      labeler.show(node);
      out.add(node.toString());
    }
    return out;
  }
}
