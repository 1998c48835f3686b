package org.deepgm.task.segmentation;

import java.io.Serializable;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.FileListing;
import org.deepgm.dataset.IndexSort;
import org.deepgm.dataset.RecordId;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.ImageFormat;

/**
 * Images and masks of two folders, matched by relative path without ending. A file whose ending is
 * none of a picture is a picture if its first bytes say so; all others are counted and named.
 */
public final class FilePairs {
  /**
   * The files of one record.
   *
   * @param id relative path without ending
   * @param image path
   * @param mask path, or null where none is wanted
   * @param version bytes and time of the image
   */
  public record Pair(String id, String image, String mask, String version)
      implements Serializable {}

  /**
   * The files of a folder that are pictures, by ascending id.
   *
   * @param entries files of the folder
   * @param numbers of those among them, no id twice
   */
  private record Side(List<Storage.Entry> entries, int[] numbers) {
    static final Side NONE = new Side(List.of(), new int[0]);

    int size() {
      return numbers.length;
    }

    Storage.Entry file(int i) {
      return entries.get(numbers[i]);
    }

    String id(int i) {
      return RecordId.of(file(i).relative());
    }
  }

  private final Storage storage;
  private final Consumer<String> tell;
  private final List<BadRecord> bad = new ArrayList<>();
  private Side images = Side.NONE;
  private Side masks = Side.NONE;

  /** Places in both sides of what matches. */
  private int[] left;

  private int[] right;
  private int count;
  private long bytes;

  private FilePairs(Storage storage, Consumer<String> tell) {
    this.storage = storage;
    this.tell = tell;
  }

  /**
   * Lists the folders. Memory: about 40 bytes a file, and its name.
   *
   * @param masks folder of masks; null for images alone
   * @param tell is told of progress, and of what was passed over
   * @throws InputException if a folder is missing or has no images
   */
  public static FilePairs list(
      Storage storage, String images, String masks, Consumer<String> tell) {
    FilePairs result = new FilePairs(storage, tell);
    result.images = result.files(images);
    if (result.images.size() == 0) {
      throw new InputException(
          images + ": expected images (" + ImageFormat.NAMES + "), found none");
    }
    if (masks != null) {
      result.masks = result.files(masks);
      if (result.masks.size() == 0) {
        throw new InputException(masks + ": expected masks, found none");
      }
    }
    result.match(images, masks);
    return result;
  }

  private void match(String imageFolder, String maskFolder) {
    left = new int[images.size()];
    right = new int[maskFolder == null ? 0 : images.size()];
    List<BadRecord> alone = new ArrayList<>();
    int m = 0;
    for (int i = 0; i < images.size(); i++) {
      String id = images.id(i);
      while (m < masks.size() && RecordId.compare(masks.id(m), id) < 0) {
        alone.add(withoutImage(imageFolder, m++));
      }
      boolean matched = m < masks.size() && masks.id(m).equals(id);
      Storage.Entry image = images.file(i);
      if (maskFolder != null && !matched) {
        bad(
            id,
            Kind.MISSING_MASK,
            image.path() + ": expected a mask " + maskFolder + "/" + id + ".*, found none");
        continue;
      }
      bytes += image.length();
      left[count] = i;
      if (matched) {
        right[count] = m++;
      }
      count++;
    }
    while (m < masks.size()) {
      alone.add(withoutImage(imageFolder, m++));
    }
    bad.addAll(alone);
  }

  private BadRecord withoutImage(String folder, int mask) {
    String id = masks.id(mask);
    String message =
        masks.file(mask).path() + ": expected an image " + folder + "/" + id + ".*, found none";
    return new BadRecord(id, Kind.MISSING_IMAGE.key(), message);
  }

  private void bad(String id, Kind kind, String message) {
    bad.add(new BadRecord(id, kind.key(), message));
  }

  private Side files(String folder) {
    FileListing listing = storage.list(folder, tell);
    List<Storage.Entry> entries = listing.entries();
    int[] numbers = new int[entries.size()];
    int pictures = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (usable(entries.get(i), listing)) {
        numbers[pictures++] = i;
      }
    }
    numbers = Arrays.copyOf(numbers, pictures);
    // By id, which is not the order of names: an ending may sort before or behind what others have.
    IndexSort.sort(
        numbers,
        (a, b) ->
            RecordId.compare(
                RecordId.of(entries.get(a).relative()), RecordId.of(entries.get(b).relative())));
    int distinct = 0;
    String last = null;
    for (int number : numbers) {
      Storage.Entry entry = entries.get(number);
      String id = RecordId.of(entry.relative());
      if (id.equals(last)) {
        String other = entries.get(numbers[distinct - 1]).path();
        bad(
            id,
            Kind.DUPLICATE_ID,
            entry.path() + ": expected one file named " + id + ", found also " + other);
      } else {
        numbers[distinct++] = number;
      }
      last = id;
    }
    if (listing.summary() != null) {
      tell.accept(listing.summary());
    }
    return new Side(entries, Arrays.copyOf(numbers, distinct));
  }

  private boolean usable(Storage.Entry entry, FileListing listing) {
    String id = RecordId.of(entry.relative());
    try {
      RecordId.check(id);
      return picture(entry, listing);
    } catch (RecordException e) {
      bad.add(BadRecord.of(id, e));
    } catch (Storage.UnreadableException e) {
      bad(id, Kind.UNREADABLE, e.getMessage());
    }
    return false;
  }

  /** Whether a file is a picture, by its name or else by its first bytes. */
  private boolean picture(Storage.Entry entry, FileListing listing) {
    String name = entry.relative().toLowerCase(Locale.ROOT);
    String ending = name.substring(name.lastIndexOf('.') + 1);
    if (ImageFormat.ENDINGS.contains(ending)) {
      return true;
    }
    if (ImageFormat.of(storage.head(entry.path(), ImageFormat.HEAD)) != null) {
      return true;
    }
    listing.pass("no pictures", entry.path());
    return false;
  }

  private final class Pairs extends AbstractList<Pair> implements RandomAccess {
    @Override
    public Pair get(int i) {
      int l = left[Objects.checkIndex(i, count)];
      Storage.Entry image = images.file(l);
      String mask = right.length == 0 ? null : masks.file(right[i]).path();
      String version = image.length() + " " + image.modified();
      return new Pair(images.id(l), image.path(), mask, version);
    }

    @Override
    public int size() {
      return count;
    }
  }

  /** The records, sorted by id; each is made when it is asked for. */
  public List<Pair> pairs() {
    return new Pairs();
  }

  /** Some of them, in so many partitions, of which each has its own alone. */
  public static JavaRDD<Pair> spread(JavaSparkContext context, List<Pair> pairs, int partitions) {
    int parts = Math.max(1, Math.min(partitions, pairs.size()));
    List<PairList> cut = new ArrayList<>();
    for (long p = 0; p < parts; p++) {
      int from = (int) (p * pairs.size() / parts);
      int to = (int) ((p + 1) * pairs.size() / parts);
      cut.add(new PairList(pairs.subList(from, to)));
    }
    return context.parallelize(cut, parts).flatMap(PairList::iterator);
  }

  /** Bytes of the images. */
  long bytes() {
    return bytes;
  }

  /** What does not match. */
  public List<BadRecord> bad() {
    return bad;
  }
}
