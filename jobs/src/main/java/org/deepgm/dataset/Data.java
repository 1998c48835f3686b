package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.structure.Identified;

/**
 * A data set that was read once and is kept by the executors.
 *
 * @param store outlives this process, or null
 * @param findings where what is found of it is kept for all, or null
 * @param kept the records of each partition in order, good and bad
 * @param faults what is wrong with records that were kept all the same
 * @param counts good ones of each partition
 * @param summary of the good ones
 * @param unmatched those that no file was opened for
 * @param bad all that were left out
 * @param notes those that were read, with something to know about their files
 */
public record Data<R extends Identified, S extends Summary<R, S>>(
    LocalStore store,
    Findings findings,
    JavaRDD<Kept<R, S>> kept,
    List<Fault<R>> faults,
    int[] counts,
    S summary,
    List<BadRecord> unmatched,
    List<BadRecord> bad,
    List<BadRecord> notes) {

  /** Makes summaries of nothing, on executors. */
  public interface Summaries<S> extends Serializable {
    /** One that has counted nothing. */
    S empty();
  }

  private record Part<S>(S summary, List<BadRecord> bad, List<BadRecord> notes)
      implements Serializable {
    static <S> Part<S> of(Summaries<S> summaries) {
      return new Part<>(summaries.empty(), new ArrayList<>(), new ArrayList<>());
    }

    static <R, S extends Summary<R, S>> void count(Part<S> part, Record<R> record) {
      if (record.note() != null) {
        part.notes().add(record.note());
      }
      if (record.bad() != null) {
        part.bad().add(record.bad());
      } else {
        part.summary().add(record.value());
      }
    }
  }

  /**
   * What an executor keeps of a partition.
   *
   * @param records in order
   * @param part what was counted while they were read, without any fault
   * @param partition its number
   */
  @SuppressWarnings("serial") // A StoredList: sent with its elements.
  private record Kept<R, S>(List<Record<R>> records, Part<S> part, int partition)
      implements Serializable {
    Record<R> get(int i) {
      try {
        return records.get(i);
      } catch (DamagedStoreException e) {
        throw e.in(partition);
      }
    }

    Iterator<Record<R>> iterator() {
      return IntStream.range(0, records.size()).mapToObj(this::get).iterator();
    }
  }

  /**
   * Reads a data set and keeps it on the executors' disks; its bad records are in the result, not
   * yet judged.
   *
   * @param limits what it may take there
   * @param store where it outlives this process, and may lie already; or null
   * @param findings where what is found of it is kept for all, or null
   */
  public static <R extends Identified, S extends Summary<R, S>> Data<R, S> load(
      Source<R> source,
      int partitions,
      Summaries<S> summaries,
      StoreLimits limits,
      LocalStore store,
      Findings findings) {
    JavaRDD<Record<R>> records = source.records(partitions);
    int parts = records.getNumPartitions();
    JavaRDD<Kept<R, S>> kept =
        records
            .mapPartitionsWithIndex(
                (p, it) -> {
                  Path file = store == null ? null : store.file(p, parts, partitions);
                  Kept<R, S> there = file == null ? null : there(file, limits, p);
                  return List.of(
                          there != null ? there : keep(it, summaries, limits, store, file, p))
                      .iterator();
                },
                false)
            .persist(StorageLevel.MEMORY_AND_DISK());
    List<Part<S>> counted = kept.map(Kept::part).collect();
    return merged(store, findings, kept, List.of(), source.unmatched(), summaries, counted);
  }

  /** What a run before has kept of a partition; nothing of the source is read then. */
  @SuppressWarnings("unchecked")
  private static <R extends Identified, S extends Summary<R, S>> Kept<R, S> there(
      Path file, StoreLimits limits, int partition) {
    StoredList.Opened<Record<R>> opened = StoredList.open(file, limits);
    return opened == null
        ? null
        : new Kept<>(opened.list(), (Part<S>) opened.attached(), partition);
  }

  private static <R extends Identified, S extends Summary<R, S>> Kept<R, S> keep(
      Iterator<Record<R>> records,
      Summaries<S> summaries,
      StoreLimits limits,
      LocalStore store,
      Path file,
      int partition) {
    Part<S> part = Part.of(summaries);
    Iterator<Record<R>> counted =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return records.hasNext();
          }

          @Override
          public Record<R> next() {
            Record<R> record = records.next();
            Part.count(part, record);
            return record;
          }
        };
    List<Record<R>> list =
        store == null
            ? StoredList.of(counted, limits)
            : StoredList.kept(counted, limits, store, file, () -> part);
    return new Kept<>(list, part, partition);
  }

  private static <R, S> JavaRDD<Record<R>> records(
      JavaRDD<Kept<R, S>> kept, List<Fault<R>> faults) {
    return kept.flatMap(Kept::iterator).map(record -> judged(record, faults));
  }

  private static <R> Record<R> judged(Record<R> record, List<Fault<R>> faults) {
    Record<R> judged = record;
    for (Fault<R> fault : faults) {
      judged = judged.without(fault);
    }
    return judged;
  }

  /** The records in order, good and bad. */
  public JavaRDD<Record<R>> records() {
    return records(kept, faults);
  }

  private static <R extends Identified, S extends Summary<R, S>> Data<R, S> merged(
      LocalStore store,
      Findings findings,
      JavaRDD<Kept<R, S>> kept,
      List<Fault<R>> faults,
      List<BadRecord> unmatched,
      Summaries<S> summaries,
      List<Part<S>> parts) {
    S summary = summaries.empty();
    List<BadRecord> bad = new ArrayList<>(unmatched);
    List<BadRecord> notes = new ArrayList<>();
    int[] counts = new int[parts.size()];
    for (int p = 0; p < counts.length; p++) {
      Part<S> part = parts.get(p);
      counts[p] = part.summary().count();
      summary.merge(part.summary());
      bad.addAll(part.bad());
      notes.addAll(part.notes());
    }
    return new Data<>(store, findings, kept, faults, counts, summary, unmatched, bad, notes);
  }

  /** Finds fault with a record, or null. */
  public interface Fault<R> extends Serializable {
    /** What is wrong. */
    BadRecord of(R record);
  }

  /** The same without records that have a fault. */
  public Data<R, S> without(Fault<R> fault, Summaries<S> summaries) {
    List<Fault<R>> all = new ArrayList<>(faults);
    all.add(fault);
    List<Part<S>> parts =
        records(kept, all)
            .mapPartitions(
                it -> {
                  Part<S> part = Part.of(summaries);
                  it.forEachRemaining(record -> Part.count(part, record));
                  return List.of(part).iterator();
                })
            .collect();
    return merged(store, findings, kept, all, unmatched, summaries, parts);
  }

  /** The good ones. */
  public JavaRDD<R> values() {
    return records().filter(r -> r.bad() == null).map(Record::value);
  }

  /** The good ones as blocks to train on, which read them from where they are kept. */
  public OrderedData.Blocks<R> blocks() {
    int[] good = counts;
    int[] first = new int[good.length + 1];
    for (int p = 0; p < good.length; p++) {
      first[p + 1] = Math.addExact(first[p], good[p]);
    }
    List<Fault<R>> wrong = faults;
    JavaRDD<ExampleBlock<R>> blocks =
        kept.mapPartitionsWithIndex(
            (p, it) -> {
              Kept<R, S> all = it.next();
              IntStream places = IntStream.range(0, all.records().size());
              if (good[p] < all.records().size()) {
                places = places.filter(i -> judged(all.get(i), wrong).bad() == null);
              }
              List<R> values = new GoodValues<>(all.records(), places.toArray());
              return List.of(new ExampleBlock<>(first[p], values)).iterator();
            },
            true);
    return new OrderedData.Blocks<>(blocks, first[good.length]);
  }

  /** How many good ones there are. */
  public int count() {
    return summary.count();
  }

  /** Count and checksum, by which a run knows its data again. */
  public String identity() {
    return count() + " " + summary.checksum();
  }

  /**
   * Something that takes long to find and follows from the good records: found once where there is
   * a place to keep it.
   *
   * @param what it is, and all else that it depends on
   */
  public <T extends Serializable> T remembered(
      String what, Findings.Form<T> form, Supplier<T> find) {
    String whole = identity() + "\n" + what;
    Supplier<T> found = findings == null ? find : () -> findings.remembered(whole, form, find);
    return store == null ? found.get() : store.remembered(whole, found);
  }

  /**
   * Does something with the records; where executors find that what they kept of a partition is
   * damaged, that is read again and all of it is done again.
   *
   * @param sets that it is about
   * @param tell is told of repairs
   */
  public static <T> T repaired(
      List<? extends Data<?, ?>> sets, Consumer<String> tell, Supplier<T> action) {
    Set<Integer> repaired = new HashSet<>();
    while (true) {
      try {
        return action.get();
      } catch (Exception e) {
        // Spark throws checked exceptions that Java does not know of.
        int partition = DamagedStoreException.partition(e);
        if (partition < -1 || !repaired.add(partition)) {
          throw sneak(e);
        }
        tell.accept(DamagedStoreException.repair(partition));
        sets.forEach(data -> data.renew(partition));
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Exception> RuntimeException sneak(Exception e) throws E {
    throw (E) e;
  }

  /**
   * Has the executors read a partition again: what they kept is damaged.
   *
   * @param partition its number; -1 for all of them
   */
  public void renew(int partition) {
    if (kept.getStorageLevel().useMemory() && partition < kept.getNumPartitions()) {
      CachedBlocks.forget(kept, partition);
    }
  }

  /** Lets the executors forget it. */
  public void release() {
    kept.unpersist();
  }
}
