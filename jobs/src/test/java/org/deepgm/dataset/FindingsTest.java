package org.deepgm.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindingsTest {
  @TempDir Path folder;

  private int times;

  private String find() {
    return "found " + ++times;
  }

  private static final class Text implements Findings.Form<String> {
    @Override
    public void write(String found, ObjectNode node) {
      node.put("text", found);
    }

    @Override
    public String read(JsonNode node) {
      return node.required("text").asText();
    }
  }

  private Findings findings(Path place) {
    return new Findings(new Storage(new Configuration(false)), place.toString(), true);
  }

  private String remembered(Findings findings, String what) {
    return findings.remembered(what, new Text(), this::find);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  @Test
  void isFoundOnce() throws IOException {
    assertEquals("found 1", remembered(findings(folder), "this"));
    assertEquals("found 1", remembered(findings(folder), "this"));
    assertEquals("found 2", remembered(findings(folder), "that"));
    assertEquals("found 1", remembered(findings(folder), "this"));
    assertEquals(2, files().size());
    assertTrue(files().stream().allMatch(f -> f.getFileName().toString().startsWith("_found-")));
  }

  @Test
  void isFoundAnewWhereItsFileIsDamaged() throws IOException {
    remembered(findings(folder), "this");
    Path file = files().get(0);
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= 1;
      Files.write(file, bad);
      times = 0;
      assertEquals("found 1", remembered(findings(folder), "this"), "byte " + at);
      assertEquals("found 1", remembered(findings(folder), "this"), "mended");
      assertEquals(List.of(file), files());
      Files.write(file, java.util.Arrays.copyOf(good, at));
      assertEquals("found 2", remembered(findings(folder), "this"), at + " bytes");
    }
  }

  @Test
  void isFoundWhereNothingCanBeWritten() throws IOException {
    Path none = folder.resolve("file");
    Files.createFile(none);
    assertEquals("found 1", remembered(findings(none), "this"));
    assertEquals("found 2", remembered(findings(none), "this"));
    Findings unwritten = Findings.unwritten(findings(folder));
    assertEquals("found 3", remembered(unwritten, "this"));
    assertEquals(List.of(none), files());
    remembered(findings(folder), "this");
    assertEquals("found 4", remembered(unwritten, "this"));
    assertFalse(files().equals(List.of(none)));
  }
}
