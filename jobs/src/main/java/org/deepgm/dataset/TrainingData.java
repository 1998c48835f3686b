package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.image.Image;
import org.deepgm.image.InputException;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.Example;
import org.deepgm.training.ExampleBlock;

/**
 * A data set in memory, ready to train on: cached blocks in the order of ids.
 *
 * @param blocks one a partition
 * @param count good examples
 * @param channels of every image
 * @param bits of every image
 * @param labelPixels pixels of each label, [L]
 * @param largest most pixels of an image
 * @param checksum over ids, sizes, samples and labels, in the order of ids
 * @param bad records that were left out
 * @param cached what to unpersist
 */
public record TrainingData(
    JavaRDD<ExampleBlock<Example>> blocks,
    int count,
    int channels,
    int bits,
    long[] labelPixels,
    int largest,
    String checksum,
    List<BadRecord> bad,
    JavaRDD<Loading.Part> cached) {

  /** What the driver has to know of a partition. */
  private record Summary(
      int count,
      List<BadRecord> bad,
      int channels,
      int bits,
      String odd,
      long[] pixels,
      int largest,
      List<Integer> checksums)
      implements Serializable {

    static Summary of(Loading.Part part, int labels) {
      int channels = 0;
      int bits = 0;
      int largest = 0;
      String odd = null;
      long[] pixels = new long[labels];
      List<Integer> checksums = new ArrayList<>();
      for (Example example : part.examples()) {
        Image image = example.image();
        if (channels == 0) {
          channels = image.channels();
          bits = image.bits();
        } else if (channels != image.channels() || bits != image.bits()) {
          odd = odd == null ? describe(example.id(), image, channels, bits) : odd;
        }
        largest = Math.max(largest, image.pixels());
        checksums.add(checksum(example));
        for (int i = 0; i < image.pixels(); i++) {
          int y = example.labels().label(i);
          if (y != LabelMap.IGNORE) {
            pixels[y]++;
          }
        }
      }
      return new Summary(
          part.examples().size(), part.bad(), channels, bits, odd, pixels, largest, checksums);
    }

    static int checksum(Example example) {
      CRC32C crc = new CRC32C();
      crc.update(example.id().getBytes(StandardCharsets.UTF_8));
      crc.update(example.image().height());
      crc.update(example.image().samples());
      crc.update(example.labels().labels());
      return (int) crc.getValue();
    }

    static String describe(String id, Image image, int channels, int bits) {
      return id
          + ": expected "
          + channels
          + " channels of "
          + bits
          + " bits as in the other images"
          + ", found "
          + image.channels()
          + " of "
          + image.bits()
          + "; --channels rgb converts to three";
    }
  }

  /** Loads and caches a data set; its bad records are in the result, not yet judged. */
  public static TrainingData load(
      Loading loading, DataSource source, LabelSet labels, int partitions) {
    return of(loading.records(source, labels, partitions), labels);
  }

  /** Caches records that are in the order of their ids; bad ones are in the result. */
  public static TrainingData of(Loading.Records records, LabelSet labels) {
    JavaRDD<Loading.Part> parts =
        Loading.parts(records.rdd()).persist(StorageLevel.MEMORY_AND_DISK());
    int size = labels.size();
    List<Summary> summaries = parts.map(part -> Summary.of(part, size)).collect();
    List<BadRecord> bad = new ArrayList<>(records.unmatched());
    int[] first = new int[summaries.size()];
    long[] pixels = new long[size];
    int count = 0;
    int channels = 0;
    int bits = 0;
    int largest = 0;
    List<Integer> checksums = new ArrayList<>();
    for (int p = 0; p < first.length; p++) {
      Summary s = summaries.get(p);
      first[p] = count;
      count += s.count();
      bad.addAll(s.bad());
      checksums.addAll(s.checksums());
      largest = Math.max(largest, s.largest());
      if (s.odd() != null) {
        throw new InputException(s.odd());
      }
      if (s.count() > 0 && channels == 0) {
        channels = s.channels();
        bits = s.bits();
      } else if (s.count() > 0 && (channels != s.channels() || bits != s.bits())) {
        throw new InputException(
            "Expected one channel layout in a data set, found images of "
                + channels
                + " channels of "
                + bits
                + " bits and of "
                + s.channels()
                + " of "
                + s.bits()
                + "; --channels rgb converts to three");
      }
      for (int l = 0; l < size; l++) {
        pixels[l] += s.pixels()[l];
      }
    }
    JavaRDD<ExampleBlock<Example>> blocks =
        parts.mapPartitionsWithIndex(
            (p, it) -> {
              List<ExampleBlock<Example>> out = new ArrayList<>();
              it.forEachRemaining(part -> out.add(new ExampleBlock<>(first[p], part.examples())));
              return out.iterator();
            },
            true);
    String checksum =
        ModelFiles.sha256(checksums.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    return new TrainingData(blocks, count, channels, bits, pixels, largest, checksum, bad, parts);
  }
}
