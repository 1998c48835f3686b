package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import org.deepgm.fault.InputException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.model.ModelFiles;
import org.deepgm.segmentation.Example;

/**
 * A data set in memory, ready to train on: cached blocks in the order of ids.
 *
 * @param blocks one a partition
 * @param count good examples
 * @param channels of every image
 * @param bits of the images, the most that one has
 * @param labelPixels pixels of each label, [L]
 * @param largest most pixels of an image
 * @param checksum over ids, sizes, samples and labels, in the order of ids
 * @param bad records that were left out
 * @param notes records that were read, with something to know about their files
 * @param cached what {@link #release} lets go of
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
    List<BadRecord> notes,
    JavaRDD<Loading.Part> cached)
    implements LoadedData {

  @Override
  public void release() {
    cached.unpersist();
  }

  /** What the driver has to know of a partition. */
  private record Summary(
      int count,
      List<BadRecord> bad,
      List<BadRecord> notes,
      HashMap<ChannelLayout, ChannelLayout.Seen> layouts,
      int bits,
      long[] pixels,
      int largest,
      List<Integer> checksums)
      implements Serializable {

    static Summary of(Loading.Part part, int labels, boolean mixed) {
      int bits = 0;
      int largest = 0;
      HashMap<ChannelLayout, ChannelLayout.Seen> layouts = new HashMap<>();
      long[] pixels = new long[labels];
      List<Integer> checksums = new ArrayList<>();
      for (Example example : part.examples()) {
        Image image = example.image();
        layouts.merge(
            ChannelLayout.of(image, mixed),
            new ChannelLayout.Seen(1, example.id()),
            ChannelLayout.Seen::and);
        bits = Math.max(bits, image.bits());
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
          part.examples().size(),
          part.bad(),
          part.notes(),
          layouts,
          bits,
          pixels,
          largest,
          checksums);
    }

    static int checksum(Example example) {
      CRC32C crc = new CRC32C();
      crc.update(example.id().getBytes(StandardCharsets.UTF_8));
      crc.update(example.image().height());
      crc.update(example.image().samples());
      crc.update(example.labels().labels());
      return (int) crc.getValue();
    }
  }

  /** Loads and caches a data set; its bad records are in the result, not yet judged. */
  public static TrainingData load(
      Loading loading, DataSource source, LabelSet labels, int partitions) {
    return of(loading.records(source, labels, partitions), labels, loading.decoding());
  }

  /** Caches records that are in the order of their ids; bad ones are in the result. */
  public static TrainingData of(Loading.Records records, LabelSet labels, Decoding decoding) {
    JavaRDD<Loading.Part> parts =
        Loading.parts(records.rdd()).persist(StorageLevel.MEMORY_AND_DISK());
    int size = labels.size();
    boolean mixed = decoding.rgb();
    List<Summary> summaries = parts.map(part -> Summary.of(part, size, mixed)).collect();
    ChannelLayout layout =
        ChannelLayout.common(
            summaries.stream()
                .map(s -> (Map<ChannelLayout, ChannelLayout.Seen>) s.layouts())
                .toList());
    JavaRDD<Loading.Part> kept = parts;
    if (summaries.stream()
        .anyMatch(s -> s.layouts().keySet().stream().anyMatch(l -> !l.equals(layout)))) {
      kept = parts.map(part -> part.keep(layout::fault));
      summaries = kept.map(part -> Summary.of(part, size, mixed)).collect();
    }
    return gather(kept, summaries, records.unmatched(), layout, size, parts);
  }

  private static TrainingData gather(
      JavaRDD<Loading.Part> parts,
      List<Summary> summaries,
      List<BadRecord> unmatched,
      ChannelLayout layout,
      int labels,
      JavaRDD<Loading.Part> cached) {
    List<BadRecord> bad = new ArrayList<>(unmatched);
    List<BadRecord> notes = new ArrayList<>();
    int[] first = new int[summaries.size()];
    long[] pixels = new long[labels];
    int count = 0;
    int bits = 0;
    int largest = 0;
    List<Integer> checksums = new ArrayList<>();
    for (int p = 0; p < first.length; p++) {
      Summary s = summaries.get(p);
      first[p] = count;
      count += s.count();
      bad.addAll(s.bad());
      notes.addAll(s.notes());
      checksums.addAll(s.checksums());
      bits = Math.max(bits, s.bits());
      largest = Math.max(largest, s.largest());
      for (int l = 0; l < labels; l++) {
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
    return new TrainingData(
        blocks,
        count,
        layout == null ? 0 : layout.channels(),
        bits,
        pixels,
        largest,
        checksum,
        bad,
        notes,
        cached);
  }

  /**
   * Whether anything can be learned, or scored, from it.
   *
   * @param what the images are for
   * @throws InputException if there is no image, or no labelled pixel
   */
  public void check(String what) {
    if (count == 0) {
      throw new InputException(
          "Expected at least one image to " + what + ", found none that is usable");
    }
    if (Arrays.stream(labelPixels).sum() == 0) {
      throw new InputException(
          "Expected labelled pixels to "
              + what
              + ", found "
              + count
              + (count == 1 ? " image" : " images")
              + " in which every pixel is ignored");
    }
  }
}
