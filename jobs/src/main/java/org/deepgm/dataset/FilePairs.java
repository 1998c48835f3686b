package org.deepgm.dataset;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.deepgm.image.InputException;
import org.deepgm.image.RecordException.Kind;

/** Images and masks of two folders, matched by relative path without ending. */
public final class FilePairs {
  private static final Set<String> ENDINGS =
      Set.of("png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff");

  /**
   * The files of one record.
   *
   * @param id relative path without ending
   * @param image path
   * @param mask path, or null where none is wanted
   */
  public record Pair(String id, String image, String mask) implements Serializable {}

  private final List<Pair> pairs = new ArrayList<>();
  private final List<BadRecord> bad = new ArrayList<>();

  private FilePairs() {}

  /**
   * Lists the folders.
   *
   * @param masks folder of masks; null for images alone
   * @throws InputException if a folder is missing or has no images
   */
  public static FilePairs list(Storage storage, String images, String masks) {
    FilePairs result = new FilePairs();
    Map<String, String> imageFiles = result.files(storage, images);
    if (imageFiles.isEmpty()) {
      throw new InputException(
          images
              + ": expected images ("
              + String.join(", ", ENDINGS.stream().sorted().toList())
              + "), found none");
    }
    Map<String, String> maskFiles = masks == null ? new HashMap<>() : result.files(storage, masks);
    if (masks != null && maskFiles.isEmpty()) {
      throw new InputException(masks + ": expected masks, found none");
    }
    imageFiles.forEach(
        (id, path) -> {
          String mask = maskFiles.remove(id);
          if (masks != null && mask == null) {
            result.bad.add(
                new BadRecord(
                    id,
                    Kind.MISSING_MASK.key(),
                    path + ": expected a mask " + masks + "/" + id + ".*, found none"));
          } else {
            result.pairs.add(new Pair(id, path, mask));
          }
        });
    maskFiles.forEach(
        (id, path) ->
            result.bad.add(
                new BadRecord(
                    id,
                    Kind.MISSING_IMAGE.key(),
                    path + ": expected an image " + images + "/" + id + ".*, found none")));
    return result;
  }

  private Map<String, String> files(Storage storage, String folder) {
    Map<String, String> files = new TreeMap<>();
    for (Storage.Entry entry : storage.list(folder)) {
      String name = entry.relative();
      int dot = name.lastIndexOf('.');
      if (dot < 0 || !ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT))) {
        continue;
      }
      String id = name.substring(0, dot);
      String other = files.putIfAbsent(id, entry.path());
      if (other != null) {
        bad.add(
            new BadRecord(
                id,
                Kind.DUPLICATE_ID.key(),
                entry.path() + ": expected one file named " + id + ", found also " + other));
      }
    }
    return files;
  }

  /** The records, sorted by id. */
  public List<Pair> pairs() {
    return pairs;
  }

  /** What does not match. */
  public List<BadRecord> bad() {
    return bad;
  }
}
