package org.deepgm.prediction;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.Chunk;
import org.deepgm.dataset.Record;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.model.Model;
import org.deepgm.model.ModelFiles;
import org.deepgm.structure.Identified;
import org.deepgm.task.Format;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;
import org.deepgm.text.Printed;

/**
 * Labels a large data set, chunk by chunk: a finished chunk leaves a mark in {@code _chunks} and is
 * not done again. Records are read, labelled and written one by one, and of text a chunk at a time;
 * bad ones are listed.
 */
public final class PredictionJob<R extends Identified> {
  /**
   * What was done.
   *
   * @param labelled records labelled now
   * @param before records in chunks finished before
   * @param bad records that could not be labelled
   * @param notes records that were, with something to know about their files
   */
  public record Result(int labelled, int before, List<BadRecord> bad, List<BadRecord> notes) {}

  /** Is told of every chunk. */
  public interface Progress {
    /**
     * A chunk is done, now or before.
     *
     * @param bad what could not be labelled in it
     */
    void onChunk(int chunk, int chunks, int records, boolean before, List<BadRecord> bad);

    /** Something a person should know. */
    void onMessage(String message);
  }

  private final SparkSession spark;
  private final Storage storage;
  private final Labeling<R, ?> labeling;
  private final Format format;
  private final String output;
  private final String examples;
  private final String fingerprint;

  /**
   * A job that writes below a directory.
   *
   * @param examples what records are called
   */
  public PredictionJob(
      SparkSession spark,
      Storage storage,
      Model<?> model,
      Labeling<R, ?> labeling,
      Format format,
      String output,
      String examples) {
    this.spark = spark;
    this.storage = storage;
    this.labeling = labeling;
    this.format = format;
    this.output = output;
    this.examples = examples;
    byte[] description = model.encode().get(ModelFiles.DESCRIPTION);
    String what = ModelFiles.sha256(description) + labeling.identity();
    fingerprint = ModelFiles.sha256(what.getBytes(StandardCharsets.UTF_8));
  }

  /** Labels all chunks that are not done yet. */
  public Result run(List<Chunk<R>> chunks, Progress progress) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<Labeling<R, ?>> broadcast = context.broadcast(labeling);
    Broadcast<SerializableConfiguration> configuration =
        context.broadcast(
            new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    Writer<R> writer = new Writer<>(broadcast, configuration, format, output);
    int labelled = 0;
    int before = 0;
    List<BadRecord> bad = new ArrayList<>();
    List<BadRecord> notes = new ArrayList<>();
    try {
      for (int i = 0; i < chunks.size(); i++) {
        Chunk<R> chunk = chunks.get(i);
        String mark = output + "/_chunks/" + name("chunk-%05d.json", i);
        List<BadRecord> found =
            storage.exists(mark) ? readMark(mark, chunk, progress::onMessage) : null;
        boolean done = found != null;
        if (!done) {
          context.setJobDescription("labelling chunk " + (i + 1) + "/" + chunks.size());
          found = label(chunk, i, writer);
        }
        List<BadRecord> faults = found.stream().filter(b -> !b.readAnyway()).toList();
        progress.onChunk(i + 1, chunks.size(), chunk.count(), done, faults);
        if (!done) {
          writeMark(mark, chunk, found);
        }
        bad.addAll(faults);
        found.stream().filter(BadRecord::readAnyway).forEach(notes::add);
        before += done ? chunk.count() : 0;
        labelled += done ? 0 : chunk.count() - faults.size();
      }
      join(chunks.size());
    } finally {
      broadcast.destroy();
      configuration.destroy();
    }
    return new Result(labelled, before, bad, notes);
  }

  private static String name(String pattern, int chunk) {
    return String.format(Locale.ROOT, pattern, chunk);
  }

  private List<BadRecord> label(Chunk<R> chunk, int index, Writer<R> writer) {
    JavaRDD<Labeled> labelled = chunk.records().mapPartitions(writer::label);
    if (format.rows() == null) {
      List<BadRecord> told = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      for (Labeled l : labelled.collect()) {
        told.addAll(l.told());
        text.append(l.text() == null ? "" : l.text());
      }
      if (format.text() != null) {
        storage.write(part(index), text.toString().getBytes(StandardCharsets.UTF_8));
      }
      return told;
    }
    // The rows go to Parquet; the bad records are found by a second, cheap look at the same rows.
    labelled.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      spark
          .createDataFrame(labelled.filter(l -> l.row() != null).map(Labeled::row), format.rows())
          .write()
          .mode(SaveMode.Overwrite)
          .parquet(Storage.literal(output + "/" + name("chunk=%05d", index)));
      return labelled.flatMap(l -> l.told().iterator()).collect();
    } finally {
      labelled.unpersist();
    }
  }

  /** Where the lines of a chunk are written. */
  private String part(int chunk) {
    return output + (format.text().file() == null ? "/" : "/_chunks/") + name("part-%05d", chunk);
  }

  /** Makes one file of all parts, where that is wanted. */
  private void join(int chunks) {
    if (format.text() == null || format.text().file() == null) {
      return;
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < chunks; i++) {
      parts.add(part(i));
    }
    storage.join(
        output + "/" + format.text().file(),
        format.text().header().getBytes(StandardCharsets.UTF_8),
        parts);
  }

  private void writeMark(String path, Chunk<R> chunk, List<BadRecord> bad) {
    ChunkMark mark =
        new ChunkMark(
            ChunkMark.VERSION,
            chunk.first(),
            chunk.last(),
            chunk.count(),
            chunk.identity(),
            fingerprint,
            chunk.versions(),
            bad);
    storage.write(path, mark.encode());
  }

  /** What a finished chunk found; null if its records have changed since. */
  private List<BadRecord> readMark(String path, Chunk<R> chunk, Consumer<String> tell) {
    ChunkMark mark = ChunkMark.decode(storage.read(path), path);
    boolean same =
        mark.first().equals(chunk.first())
            && mark.last().equals(chunk.last())
            && mark.count() == chunk.count()
            && mark.images().equals(chunk.identity())
            && mark.options().equals(fingerprint);
    if (!same) {
      throw new InputException(
          path
              + ": expected a chunk of the same "
              + examples
              + ", model and options, found \""
              + mark.first()
              + "\" to \""
              + mark.last()
              + "\" ("
              + mark.count()
              + ") done with others; --overwrite begins again");
    }
    String which =
        examples + " " + Printed.line(chunk.first()) + " to " + Printed.line(chunk.last()) + ": ";
    if (format.rows() != null && mark.version() < 1) {
      tell.accept(
          which
              + "an earlier deepgm wrote indices of labels where ids belong; this chunk is done"
              + " again");
      return null;
    }
    int changed = changed(mark.versions(), chunk.versions());
    if (changed > 0) {
      tell.accept(
          which
              + (chunk.versions().size() == chunk.count() ? changed + " changed" : "changed")
              + " since they were labelled; this chunk is done again");
      return null;
    }
    return mark.bad();
  }

  /** Files whose bytes or time are others now; marks of earlier versions of deepgm know none. */
  private static int changed(List<String> marked, List<String> versions) {
    if (marked == null) {
      return 0;
    }
    int changed = Math.abs(marked.size() - versions.size());
    for (int i = 0; i < Math.min(marked.size(), versions.size()); i++) {
      changed += marked.get(i).equals(versions.get(i)) ? 0 : 1;
    }
    return changed;
  }

  /** What a record gives, and what is to be told of it. */
  private record Labeled(Row row, String text, List<BadRecord> told) implements Serializable {}

  private record Writer<R extends Identified>(
      Broadcast<Labeling<R, ?>> labeling,
      Broadcast<SerializableConfiguration> configuration,
      Format format,
      String output)
      implements Serializable {
    Iterator<Labeled> label(Iterator<Record<R>> records) {
      Labeler<R, ?> labeler = labeling.value().labeler();
      Storage storage = new Storage(configuration.value().value());
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return records.hasNext();
        }

        @Override
        public Labeled next() {
          Record<R> record = records.next();
          if (record.bad() != null) {
            return missing(record.bad());
          }
          try {
            labeler.label(record.value());
            write(storage, labeler.files(format));
            return new Labeled(
                format.rows() == null ? null : RowFactory.create(labeler.cells()),
                format.text() == null ? null : labeler.text(),
                record.note() == null ? List.of() : List.of(record.note()));
          } catch (RecordException e) {
            return missing(BadRecord.of(record.value().id(), e));
          }
        }
      };
    }

    private Labeled missing(BadRecord bad) {
      return new Labeled(
          null, format.text() == null ? null : format.text().missing(), List.of(bad));
    }

    private void write(Storage storage, List<Labeler.Output> files) {
      for (Labeler.Output file : files) {
        try {
          storage.write(output + "/" + file.path(), file.bytes());
        } catch (Storage.NameException e) {
          throw new RecordException(RecordException.Kind.BAD_NAME, e.getMessage(), e);
        }
      }
    }
  }
}
