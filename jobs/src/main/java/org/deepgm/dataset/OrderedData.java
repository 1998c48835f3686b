package org.deepgm.dataset;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/** Records whose order is that of the data set, whatever their partitions. */
final class OrderedData {
  private OrderedData() {}

  /** The same records in the same order in so many partitions. */
  static <T> JavaRDD<T> spread(JavaRDD<T> records, int partitions) {
    if (records.getNumPartitions() == partitions) {
      return records;
    }
    long count = Math.max(1, records.count());
    return records
        .zipWithIndex()
        .mapToPair(r -> new Tuple2<>(r._2(), r._1()))
        .repartitionAndSortWithinPartitions(new Ranges(partitions, count))
        .values();
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

  /** Blocks to train on, one a partition, cached. */
  static <X> JavaRDD<ExampleBlock<X>> blocks(JavaRDD<X> examples) {
    List<Integer> sizes =
        examples
            .mapPartitions(
                it -> {
                  int n = 0;
                  for (; it.hasNext(); it.next()) {
                    n++;
                  }
                  return List.of(n).iterator();
                })
            .collect();
    int[] first = new int[sizes.size()];
    for (int p = 1; p < first.length; p++) {
      first[p] = first[p - 1] + sizes.get(p - 1);
    }
    JavaRDD<ExampleBlock<X>> blocks =
        examples.mapPartitionsWithIndex(
            (p, it) -> {
              List<X> all = new ArrayList<>();
              it.forEachRemaining(all::add);
              return List.of(new ExampleBlock<>(first[p], all)).iterator();
            },
            true);
    return blocks.persist(StorageLevel.MEMORY_AND_DISK());
  }
}
