package org.deepgm.task.segmentation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.FileListing;
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

  private record Found(String path, long bytes, String version) {}

  private final Storage storage;
  private final Consumer<String> tell;
  private final List<Pair> pairs = new ArrayList<>();
  private final List<BadRecord> bad = new ArrayList<>();
  private long bytes;

  private FilePairs(Storage storage, Consumer<String> tell) {
    this.storage = storage;
    this.tell = tell;
  }

  /**
   * Lists the folders.
   *
   * @param masks folder of masks; null for images alone
   * @param tell is told of progress, and of what was passed over
   * @throws InputException if a folder is missing or has no images
   */
  public static FilePairs list(
      Storage storage, String images, String masks, Consumer<String> tell) {
    FilePairs result = new FilePairs(storage, tell);
    Map<String, Found> imageFiles = result.files(images);
    if (imageFiles.isEmpty()) {
      throw new InputException(
          images + ": expected images (" + ImageFormat.NAMES + "), found none");
    }
    Map<String, Found> maskFiles = masks == null ? new TreeMap<>() : result.files(masks);
    if (masks != null && maskFiles.isEmpty()) {
      throw new InputException(masks + ": expected masks, found none");
    }
    imageFiles.forEach(
        (id, image) -> {
          Found mask = maskFiles.remove(id);
          if (masks != null && mask == null) {
            result.bad(
                id,
                Kind.MISSING_MASK,
                image.path() + ": expected a mask " + masks + "/" + id + ".*, found none");
          } else {
            result.bytes += image.bytes();
            result.pairs.add(
                new Pair(id, image.path(), mask == null ? null : mask.path(), image.version()));
          }
        });
    maskFiles.forEach(
        (id, mask) ->
            result.bad(
                id,
                Kind.MISSING_IMAGE,
                mask.path() + ": expected an image " + images + "/" + id + ".*, found none"));
    return result;
  }

  private void bad(String id, Kind kind, String message) {
    bad.add(new BadRecord(id, kind.key(), message));
  }

  private Map<String, Found> files(String folder) {
    Map<String, Found> files = new TreeMap<>(RecordId::compare);
    FileListing listing = storage.list(folder, tell);
    for (Storage.Entry entry : listing.entries()) {
      String id = RecordId.of(entry.relative());
      try {
        RecordId.check(id);
      } catch (RecordException e) {
        bad.add(BadRecord.of(id, e));
        continue;
      }
      try {
        if (!picture(entry, listing)) {
          continue;
        }
      } catch (Storage.UnreadableException e) {
        bad(id, Kind.UNREADABLE, e.getMessage());
        continue;
      }
      Found found =
          new Found(entry.path(), entry.length(), entry.length() + " " + entry.modified());
      Found other = files.putIfAbsent(id, found);
      if (other != null) {
        bad(
            id,
            Kind.DUPLICATE_ID,
            entry.path() + ": expected one file named " + id + ", found also " + other.path());
      }
    }
    if (listing.summary() != null) {
      tell.accept(listing.summary());
    }
    return files;
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

  /** The records, sorted by id. */
  public List<Pair> pairs() {
    return pairs;
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
