package org.deepgm.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.deepgm.model.ModelFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What takes long to find and follows from a data set, kept beside it for every run on any machine:
 * small files {@code _found-KEY.json}, whose names begin with a line, so that no reader takes them
 * for data. A file that is damaged or was made by another program is found anew; where none may be
 * written nothing is kept.
 *
 * @param storage that the data set is on
 * @param folder of the data set
 * @param kept whether new ones are written
 */
public record Findings(Storage storage, String folder, boolean kept) {
  private static final int VERSION = 1;
  private static final int LETTERS = 24;
  private static final int MOST = 64 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Logger LOG = LoggerFactory.getLogger(Findings.class);

  /** How a finding is written; reading gives the same bits. */
  public interface Form<T> {
    /** Writes it. */
    void write(T found, ObjectNode node);

    /**
     * Reads it.
     *
     * @throws RuntimeException of any kind if it is not one
     */
    T read(JsonNode node);
  }

  /** The same, without writing new ones. */
  public static Findings unwritten(Findings findings) {
    return findings == null ? null : new Findings(findings.storage, findings.folder, false);
  }

  /**
   * Something that was found before, or else is found now.
   *
   * @param what it is, and all that it depends on
   */
  <T> T remembered(String what, Form<T> form, Supplier<T> find) {
    String program = LocalStore.program();
    if (program == null) {
      return find.get();
    }
    String whole = what + "\nprogram " + program;
    String key = ModelFiles.sha256(whole.getBytes(StandardCharsets.UTF_8)).substring(0, LETTERS);
    String path = folder + "/_found-" + key + ".json";
    T before = read(path, whole, form);
    if (before != null) {
      return before;
    }
    T found = find.get();
    if (kept) {
      write(path, whole, form, found);
    }
    return found;
  }

  private <T> T read(String path, String what, Form<T> form) {
    try {
      if (!storage.exists(path)) {
        return null;
      }
      JsonNode root = MAPPER.readTree(storage.read(path, MOST));
      JsonNode value = root.path("found");
      if (root.path("version").asInt(-1) == VERSION
          && root.path("what").asText().equals(what)
          && root.path("sha256").asText().equals(checksum(value))) {
        return form.read(value);
      }
      LOG.warn("{}: expected what was found of this data before, found something else", path);
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}: {}; it is found anew", path, Storage.firstLine(e));
    }
    return null;
  }

  private <T> void write(String path, String what, Form<T> form, T found) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("version", VERSION);
    root.put("what", what);
    form.write(found, root.putObject("found"));
    try {
      if (!storage.exists(folder)) {
        return;
      }
      // As a reader will see it.
      root.put("sha256", checksum(MAPPER.readTree(MAPPER.writeValueAsBytes(root)).path("found")));
      storage.write(path, MAPPER.writeValueAsBytes(root));
    } catch (IOException | RuntimeException e) {
      LOG.info("not kept for later runs: {}", Storage.firstLine(e));
    }
  }

  private static String checksum(JsonNode value) throws IOException {
    return ModelFiles.sha256(MAPPER.writeValueAsBytes(value));
  }
}
