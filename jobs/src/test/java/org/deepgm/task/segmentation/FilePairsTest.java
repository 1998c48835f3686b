package org.deepgm.task.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.dataset.BadRecord;
import org.deepgm.dataset.ManyFiles;
import org.deepgm.dataset.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePairsTest {
  @TempDir Path work;

  private void file(String path) throws IOException {
    Path file = work.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[3]);
  }

  /** By id, whatever endings sort before others; and everything else is named. */
  @Test
  void filesOfOneNameAreMatched() throws IOException {
    for (String name :
        List.of("a.png", "a-b.jpg", "a b.png", "c/d.tif", "c.png", "e.png", "f.png")) {
      file("images/" + name);
    }
    for (String name :
        List.of("a.png", "a-b.png", "a b.png", "c/d.png", "c.png", "f.png", "g.png")) {
      file("masks/" + name);
    }
    file("images/a.jpg");
    FilePairs found =
        FilePairs.list(
            new Storage(new Configuration()), work + "/images", work + "/masks", text -> {});
    assertEquals(
        List.of("a", "a b", "a-b", "c", "c/d", "f"),
        found.pairs().stream().map(FilePairs.Pair::id).toList());
    FilePairs.Pair pair = found.pairs().get(2);
    assertEquals("file:" + work + "/images/a-b.jpg", pair.image());
    assertEquals("file:" + work + "/masks/a-b.png", pair.mask());
    assertTrue(pair.version().startsWith("3 1"), pair.version());
    assertEquals(18, found.bytes());
    assertEquals(
        List.of("a duplicate-id", "e missing-mask", "g missing-image"),
        found.bad().stream().map(b -> b.id() + " " + b.kind()).toList());
    BadRecord twice = found.bad().get(0);
    assertTrue(twice.message().contains("a.png: expected one file named a, found also"));
    FilePairs alone =
        FilePairs.list(new Storage(new Configuration()), work + "/images", null, text -> {});
    assertEquals(7, alone.pairs().size());
    assertEquals(null, alone.pairs().get(0).mask());
  }

  private static List<FilePairs.Pair> sent(PairList pairs) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(pairs);
    }
    List<FilePairs.Pair> found = new ArrayList<>();
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      ((PairList) in.readObject()).iterator().forEachRemaining(found::add);
    }
    return found;
  }

  @Test
  void pairsOfAPartitionAreSentWhole() throws Exception {
    Storage storage = new Storage(ManyFiles.configuration());
    FilePairs all =
        FilePairs.list(storage, "many:/images-30x200", "many:/masks-30x200", text -> {});
    assertEquals(30 * 199, all.pairs().size());
    assertEquals("many:/masks-30x200/f00002/p000003.png", all.pairs().get(2 * 199 + 3).mask());
    List<FilePairs.Pair> some = all.pairs().subList(150, 450);
    assertEquals(some, sent(new PairList(some)));
    List<FilePairs.Pair> odd =
        List.of(
            new FilePairs.Pair("", "", null, ""),
            new FilePairs.Pair("é\uD800", "x".repeat(40_000), "m", "1 2"),
            new FilePairs.Pair("é\uD800", "x".repeat(39_000) + "y", null, "1 3"));
    assertEquals(odd, sent(new PairList(odd)));
    assertEquals(List.of(), sent(new PairList(List.of())));
  }
}
