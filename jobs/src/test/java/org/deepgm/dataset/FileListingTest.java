package org.deepgm.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;

/** Listings hold what was found, in order, however much it is. */
class FileListingTest {
  @Test
  void numbersAreSortedByWhatTheyStandFor() {
    RandomStream random = RandomStream.of(11);
    for (int n : new int[] {0, 1, 2, 3, 7, 64, 65, 1000}) {
      int[] keys = IntStream.range(0, n).map(i -> random.nextInt(1 + n / 3)).toArray();
      int[] numbers = IntStream.range(0, n).toArray();
      IndexSort.sort(numbers, (a, b) -> Integer.compare(keys[a], keys[b]));
      // Java's own sort of objects is stable too.
      int[] expected =
          IntStream.range(0, n)
              .boxed()
              .sorted(Comparator.comparingInt(i -> keys[i]))
              .mapToInt(i -> i)
              .toArray();
      assertArrayEquals(expected, numbers);
    }
  }

  private static String name(RandomStream random) {
    String[] parts = {"a", "b", "/", ".", "-", "é", "\uFFFE", "\uD83D\uDE00", "\uD800", "z z"};
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(9); i >= 0; i--) {
      name.append(parts[random.nextInt(parts.length)]);
    }
    return name.toString();
  }

  /** Names of every kind, those that are no UTF-8 among them, and files from elsewhere. */
  @Test
  void whatIsAddedIsThereInOrder() {
    RandomStream random = RandomStream.of(5);
    FileTable table = new FileTable();
    List<Storage.Entry> expected = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      String relative = name(random);
      String path = (i % 50 == 7 ? "file:/elsewhere/" : "file:/data/") + relative;
      Storage.Entry entry = new Storage.Entry(relative, path, 7L * i, random.nextInt(1000));
      expected.add(entry);
      table.add(entry.relative(), entry.path(), entry.length(), entry.modified());
    }
    String longest = "x".repeat(40_000);
    expected.add(new Storage.Entry(longest, "file:/data/" + longest, 1, 2));
    table.add(longest, "file:/data/" + longest, 1, 2);
    assertEquals(expected, List.copyOf(table));
    expected.sort((a, b) -> RecordId.compare(a.relative(), b.relative()));
    table.sort();
    assertEquals(expected, List.copyOf(table));
  }

  @Test
  void aMillionFilesTakeLittle() {
    FileTable table = new FileTable();
    int names = 0;
    for (int i = 0; i < 1_000_000; i++) {
      String relative = "folder-" + i % 1000 + "/picture-" + i + ".png";
      names += relative.length() + 2;
      table.add(relative, "s3a://bucket/images/" + relative, i, 1_700_000_000_000L + i);
    }
    table.sort();
    // Three numbers of eight bytes, half as many again in reserve, and the order.
    assertTrue(table.bytes() < names + 42L * 1_000_000, table.bytes() + " bytes");
    assertEquals("folder-0/picture-0.png", table.get(0).relative());
    assertEquals("s3a://bucket/images/folder-0/picture-0.png", table.get(0).path());
  }

  /** Few files are listed one after the other, many by their folders: the same comes of both. */
  @Test
  void foldersAreListedSideBySide() {
    Storage storage = new Storage(ManyFiles.configuration());
    for (int[] shape : new int[][] {{40, 50}, {60, 1000}, {1, 60_000}}) {
      int before = ManyFiles.LISTINGS.get();
      String folder = "many:/images-" + shape[0] + "x" + shape[1];
      FileListing listing = storage.list(folder, text -> {});
      int listings = ManyFiles.LISTINGS.get() - before;
      assertEquals(shape[0] == 60 ? 62 : shape[0] == 1 ? 2 : 1, listings);
      // One of every folder is hidden.
      List<Storage.Entry> entries = listing.entries();
      assertEquals(shape[0] * (shape[1] - 1), entries.size());
      for (int i : new int[] {0, entries.size() / 2, entries.size() - 1}) {
        int number = i % (shape[1] - 1);
        String relative = String.format("f%05d/p%06d.png", i / (shape[1] - 1), number);
        assertEquals(
            new Storage.Entry(relative, folder + "/" + relative, 1000 + number, 7), entries.get(i));
      }
      assertNotNull(listing.summary());
      assertTrue(
          listing.summary().contains("passed over " + shape[0] + " (hidden " + shape[0] + ")"),
          listing.summary());
    }
    assertFalse(storage.exists("many:/nothing"));
  }
}
