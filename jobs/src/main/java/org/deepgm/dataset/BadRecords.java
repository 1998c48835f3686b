package org.deepgm.dataset;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.deepgm.fault.InputException;

/** What to do with records that cannot be used: stop at the first, or list them and go on. */
public enum BadRecords {
  /** The first is an error. */
  FAIL,
  /** They are counted, listed and left out. */
  SKIP;

  /** Name of the list beside a job's other output. */
  public static final String FILE = "bad-records.jsonl";

  /**
   * Applies the policy.
   *
   * @param directory where the list is written if there is anything to list
   * @throws InputException with FAIL, if there is one; its message is the first record's
   */
  public void handle(List<BadRecord> bad, Storage storage, String directory) {
    if (bad.isEmpty()) {
      return;
    }
    if (this == FAIL) {
      String rest =
          bad.size() == 1
              ? ""
              : " (" + bad.size() + " bad records: " + BadRecord.summary(bad) + ")";
      throw new InputException(
          bad.get(0).message() + rest + "; --bad-records skip leaves such records out");
    }
    ObjectMapper mapper = new ObjectMapper();
    StringBuilder lines = new StringBuilder();
    try {
      for (BadRecord record : bad) {
        lines.append(mapper.writeValueAsString(record)).append('\n');
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    storage.write(directory + "/" + FILE, lines.toString().getBytes(StandardCharsets.UTF_8));
  }
}
