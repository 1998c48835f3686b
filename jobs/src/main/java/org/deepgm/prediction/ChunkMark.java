package org.deepgm.prediction;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.dataset.BadRecord;
import org.deepgm.fault.InputException;

/**
 * What a finished chunk leaves in {@code _chunks}: which images it had, by what they were labelled,
 * and what was wrong with some.
 *
 * @param version of this format; 0 of marks that have none
 * @param first id
 * @param last id
 * @param count images
 * @param images checksum over the names of the files and how they are decoded
 * @param options checksum over model and options
 * @param versions bytes and time of each file; null in marks of older versions
 * @param bad records that could not be labelled, and notes
 */
record ChunkMark(
    int version,
    String first,
    String last,
    int count,
    String images,
    String options,
    List<String> versions,
    List<BadRecord> bad) {
  static final int VERSION = 1;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  byte[] encode() {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a mark.
   *
   * @throws InputException if it is none
   */
  static ChunkMark decode(byte[] json, String path) {
    try {
      JsonNode node = MAPPER.readTree(json);
      int version = node.path("version").asInt(0);
      require(version >= 0 && version <= VERSION, "version 0.." + VERSION, node.path("version"));
      require(node.path("count").isInt(), "a count", node.path("count"));
      List<String> versions = node.has("versions") ? new ArrayList<>() : null;
      for (JsonNode item : node.path("versions")) {
        require(item.isTextual(), "texts in versions", item);
        versions.add(item.asText());
      }
      List<BadRecord> bad = new ArrayList<>();
      for (JsonNode item : node.path("bad")) {
        bad.add(new BadRecord(text(item, "id"), text(item, "kind"), text(item, "message")));
      }
      return new ChunkMark(
          version,
          text(node, "first"),
          text(node, "last"),
          node.path("count").asInt(),
          text(node, "images"),
          text(node, "options"),
          versions,
          bad);
    } catch (IOException | IllegalArgumentException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(
          path + ": not a mark of a finished chunk (" + reason + "); --overwrite begins again", e);
    }
  }

  private static String text(JsonNode node, String name) {
    require(node.path(name).isTextual(), "a text in " + name, node.path(name));
    return node.path(name).asText();
  }

  private static void require(boolean holds, String expected, JsonNode found) {
    if (!holds) {
      throw new IllegalArgumentException("expected " + expected + ", found " + found);
    }
  }
}
