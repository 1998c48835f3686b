package org.deepgm.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.deepgm.fault.InputException;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.math.RandomStream;
import org.deepgm.segmentation.Example;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredListTest {
  @TempDir Path folder;

  private static List<Record<Example>> records(int count) {
    List<Record<Example>> records = new ArrayList<>();
    RandomStream random = RandomStream.of(7);
    for (int i = 0; i < count; i++) {
      if (i % 5 == 3) {
        records.add(Record.bad(new BadRecord("e" + i, "unreadable", "for some reason")));
        continue;
      }
      int height = 1 + random.nextInt(20);
      int width = 1 + random.nextInt(20);
      Image image = Image.blank(height, width, 3, 8);
      byte[] labels = new byte[height * width];
      for (int p = 0; p < labels.length; p++) {
        image.set(p % 3, p, random.nextInt(256));
        labels[p] = (byte) random.nextInt(4);
      }
      records.add(Record.of(new Example("e" + i, image, new LabelMap(height, width, labels))));
    }
    return records;
  }

  private static void check(List<Record<Example>> expected, List<Record<Example>> found) {
    assertEquals(expected.size(), found.size());
    // Backwards, so that no element is found by having read the one before.
    for (int i = expected.size() - 1; i >= 0; i--) {
      Record<Example> e = expected.get(i);
      Record<Example> f = found.get(i);
      assertEquals(e.bad(), f.bad());
      if (e.value() != null) {
        assertEquals(e.value().id(), f.value().id());
        assertArrayEquals(e.value().image().samples(), f.value().image().samples());
        assertArrayEquals(e.value().labels().labels(), f.value().labels().labels());
      }
    }
  }

  @Test
  void holdsWhatItWasGivenInMemoryOrNot() {
    for (double heap : new double[] {0, 0.3}) {
      List<Record<Example>> records = records(300);
      StoredList<Record<Example>> list =
          StoredList.of(records.iterator(), new StoreLimits(heap, 0));
      check(records, list);
      assertEquals(heap == 0, list.bytesOnDisk(0) > 0);
      if (heap > 0) {
        assertSame(records.get(4), list.get(4));
      }
      list.readAhead(new int[] {0, 299});
      assertThrows(IndexOutOfBoundsException.class, () -> list.get(300));
      assertThrows(IndexOutOfBoundsException.class, () -> list.get(-1));
    }
    assertTrue(StoredList.of(List.of().iterator(), new StoreLimits(0, 0)).isEmpty());
  }

  @Test
  void anotherProcessStoresItAnew() throws Exception {
    List<Record<Example>> records = records(50);
    List<Record<Example>> list = StoredList.of(records.iterator(), new StoreLimits(0, 0));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new GoodValues<>(list, new int[] {1, 4, 49}));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      @SuppressWarnings("unchecked")
      List<Example> found = (List<Example>) in.readObject();
      assertEquals(List.of("e1", "e4", "e49"), found.stream().map(Example::id).toList());
    }
  }

  @Test
  void longListsHaveSeveralSegments() {
    List<byte[]> large = new ArrayList<>();
    RandomStream random = RandomStream.of(3);
    for (int i = 0; i < 40; i++) {
      byte[] bytes = new byte[1 + random.nextInt(3000)];
      java.util.Arrays.fill(bytes, (byte) i);
      large.add(bytes);
    }
    StoredList<byte[]> list =
        StoredList.of(large.iterator(), new StoreLimits(0, 0), 4096, file -> {});
    for (int i = 39; i >= 0; i--) {
      assertArrayEquals(large.get(i), list.get(i), "element " + i);
    }
  }

  @Test
  void aDiskThatIsFullIsSaid() {
    StoreLimits small = new StoreLimits(0, 1000);
    InputException e =
        assertThrows(InputException.class, () -> StoredList.of(records(100).iterator(), small));
    assertTrue(e.getMessage().contains("data.local-space = 1000 bytes"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new StoreLimits(1.5, 0));
    assertThrows(IllegalArgumentException.class, () -> new StoreLimits(0, -1));
  }

  @Test
  void whatIsForgottenMakesRoom() {
    List<Record<Example>> records = records(100);
    long bytes = 0;
    StoredList<Record<Example>> first = StoredList.of(records.iterator(), new StoreLimits(0, 0));
    for (int i = 0; i < first.size(); i++) {
      bytes += first.bytesOnDisk(i);
    }
    first = null;
    // There is room for one of them, and not for two.
    StoreLimits limits = new StoreLimits(0, bytes * 3 / 2);
    for (int i = 0; i < 3; i++) {
      check(records, StoredList.of(records.iterator(), limits));
    }
  }

  /** A changed byte anywhere in an element is found, and named. */
  @Test
  void damageIsFound() {
    List<Record<Example>> records = records(3);
    for (int at : new int[] {0, 20, 60}) {
      StoredList<Record<Example>> list =
          StoredList.of(
              records.iterator(),
              new StoreLimits(0, 0),
              1 << 20,
              file -> {
                java.nio.ByteBuffer one = java.nio.ByteBuffer.allocate(1);
                file.read(one, at);
                one.put(0, (byte) (one.get(0) ^ 4)).flip();
                file.write(one, at);
              });
      DamagedStoreException e = assertThrows(DamagedStoreException.class, () -> list.get(0));
      assertTrue(e.getMessage().contains("element 0 of 3"), e.getMessage());
      assertEquals("e1", list.get(1).value().id());
    }
  }

  private static StoredList.Opened<Record<Example>> opened(Path file) {
    return StoredList.open(file, new StoreLimits(0.3, 0));
  }

  @Test
  void aLaterProcessFindsWhatWasKept() throws IOException {
    LocalStore store = LocalStore.of(folder.resolve("new").toString(), "the data");
    Path file = store.file(3, 7, 7);
    assertNull(opened(file));
    List<Record<Example>> records = records(300);
    StoreLimits limits = new StoreLimits(0, 0);
    check(records, StoredList.kept(records.iterator(), limits, store, file, () -> "counted"));
    StoredList.Opened<Record<Example>> found = opened(file);
    assertEquals("counted", found.attached());
    check(records, found.list());
    // Read once, they are in memory as far as there is room.
    assertSame(found.list().get(4), found.list().get(4));
    assertEquals(0, found.list().bytesOnDisk(4));
    try (Stream<Path> all = Files.list(file.getParent())) {
      assertEquals(List.of(file), all.toList());
    }
    InputException full =
        assertThrows(InputException.class, () -> StoredList.open(file, new StoreLimits(0, 1000)));
    assertTrue(full.getMessage().contains("data.local-space = 1000 bytes"), full.getMessage());
    assertNotEquals(file, LocalStore.of(folder + "/new", "other data").file(3, 7, 7));
    assertNotEquals(store.file(0, 2, 2), store.file(0, 2, 3));
    assertNull(LocalStore.of(folder.toString(), "known", null));
    assertThrows(InputException.class, () -> LocalStore.of("new", "the data"));
  }

  /**
   * Wherever a byte is changed and however much is missing: nothing is taken for what it is not.
   */
  @Test
  void keptFilesThatAreDamagedAreMadeAnew() throws IOException {
    LocalStore store = LocalStore.of(folder.toString(), "the data");
    Path file = store.file(0, 1, 1);
    List<Record<Example>> records = records(3);
    StoredList.kept(records.iterator(), new StoreLimits(0, 0), store, file, () -> 5);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at += 7) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 4;
      Files.write(file, flipped);
      StoredList.Opened<Record<Example>> found = opened(file);
      if (found != null) {
        // In an element: found when it is read, and gone then.
        assertThrows(
            DamagedStoreException.class, () -> found.list().forEach(Record::value), "byte " + at);
      }
      assertFalse(Files.exists(file), "byte " + at);
    }
    for (int length : new int[] {0, 1, 19, 20, whole.length / 2, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertNull(opened(file), length + " bytes");
      assertFalse(Files.exists(file));
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertNull(opened(file));
    Files.write(file, whole);
    check(records, opened(file).list());
  }

  @Test
  void whatIsRememberedIsFoundOnce() throws IOException {
    LocalStore store = LocalStore.of(folder.toString(), "the data");
    int[] times = new int[1];
    Supplier<String> find = () -> "found " + ++times[0];
    assertEquals("found 1", store.remembered("this", find));
    assertEquals("found 1", store.remembered("this", find));
    assertEquals("found 2", store.remembered("that", find));
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[2] ^= 1;
        Files.write(file, bytes);
      }
    }
    assertEquals("found 3", store.remembered("this", find));
  }

  @Test
  void aFailureNamesItsPartition() {
    DamagedStoreException e = new DamagedStoreException("element 3 of 5", null);
    assertEquals(-1, DamagedStoreException.partition(new IllegalStateException(e)));
    assertEquals(12, DamagedStoreException.partition(new IllegalStateException(e.in(12))));
    assertEquals(-2, DamagedStoreException.partition(new IllegalStateException("other")));
    // As Spark hands it on.
    String told =
        "Job aborted due to stage failure: Task 3 in stage 5.0 failed 4 times, most recent failure:"
            + " Lost task 3.3 (10.0.0.7 executor 2): org.deepgm.dataset.DamagedStoreException: "
            + e.in(3).getMessage()
            + "\n\tat org.deepgm.training.StepGradient.call(StepGradient.java:70)\nCaused by: "
            + e;
    assertEquals(3, DamagedStoreException.partition(new IllegalStateException(told)));
  }

  /** The digest is of what a list of the numbers prints, as it was when they were kept in one. */
  @Test
  void checksumsOfPartsAreThoseOfAll() {
    Checksums all = new Checksums();
    Checksums first = new Checksums();
    Checksums second = new Checksums();
    List<Integer> values = new ArrayList<>();
    RandomStream random = RandomStream.of(5);
    for (int i = 0; i < 100; i++) {
      int value = random.nextInt(Integer.MAX_VALUE) * (i % 2 == 0 ? 1 : -1);
      values.add(value);
      all.add(value);
      (i < 37 ? first : second).add(value);
    }
    first.addAll(second);
    byte[] text = values.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(org.deepgm.model.ModelFiles.sha256(text), all.digest());
    assertEquals(all.digest(), first.digest());
    assertEquals(100, first.count());
  }
}
