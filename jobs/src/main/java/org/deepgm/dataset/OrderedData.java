package org.deepgm.dataset;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/** Records whose order is that of the data set, whatever their partitions. */
public final class OrderedData {
  private OrderedData() {}

  /**
   * Blocks to train on.
   *
   * @param rdd one a partition
   * @param count examples of all
   */
  public record Blocks<X>(JavaRDD<ExampleBlock<X>> rdd, int count) {}

  /** Place of the first record of each partition, and behind them the count of all. */
  static long[] places(JavaRDD<?> records) {
    List<Long> sizes =
        records
            .mapPartitions(
                it -> {
                  long n = 0;
                  for (; it.hasNext(); it.next()) {
                    n++;
                  }
                  return List.of(n).iterator();
                })
            .collect();
    long[] first = new long[sizes.size() + 1];
    for (int p = 0; p < sizes.size(); p++) {
      first[p + 1] = first[p] + sizes.get(p);
    }
    return first;
  }

  /** The same records in the same order in so many partitions; they are gone through twice. */
  public static <T> JavaRDD<T> spread(JavaRDD<T> records, int partitions) {
    return records.getNumPartitions() == partitions ? records : balanced(records, partitions);
  }

  /** The same, in partitions of the same number of records, whatever they were in before. */
  public static <T> JavaRDD<T> balanced(JavaRDD<T> records, int partitions) {
    long[] first = places(records);
    long count = Math.max(1, first[first.length - 1]);
    return records
        .mapPartitionsWithIndex((p, it) -> numbered(it, first[p]), true)
        .mapToPair(pair -> pair)
        .repartitionAndSortWithinPartitions(new Ranges(partitions, count))
        .values();
  }

  private static <T> Iterator<Tuple2<Long, T>> numbered(Iterator<T> records, long first) {
    return new Iterator<>() {
      private long next = first;

      @Override
      public boolean hasNext() {
        return records.hasNext();
      }

      @Override
      public Tuple2<Long, T> next() {
        return new Tuple2<>(next++, records.next());
      }
    };
  }

  /** Cuts 0..count-1 into runs of equal length. */
  private static final class Ranges extends Partitioner {
    private static final long serialVersionUID = 1L;
    private final int partitions;
    private final long count;

    Ranges(int partitions, long count) {
      this.partitions = partitions;
      this.count = count;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return (int) ((Long) key * partitions / count);
    }
  }

  /**
   * Stores the examples of each partition on a local disk, as one block to be kept.
   *
   * @param limits what they may take
   */
  public static <X> Blocks<X> blocks(JavaRDD<X> examples, StoreLimits limits) {
    long[] first = places(examples);
    JavaRDD<ExampleBlock<X>> blocks =
        examples.mapPartitionsWithIndex(
            (p, it) -> {
              List<X> all = StoredList.of(it, limits);
              return List.of(new ExampleBlock<>(Math.toIntExact(first[p]), all)).iterator();
            },
            true);
    return new Blocks<>(blocks, Math.toIntExact(first[first.length - 1]));
  }
}
