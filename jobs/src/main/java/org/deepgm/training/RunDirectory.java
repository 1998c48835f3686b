package org.deepgm.training;

import java.util.Map;
import org.deepgm.dataset.Storage;
import org.deepgm.model.ModelFiles;

/**
 * Where a run writes.
 *
 * @param storage for both
 * @param model directory of the model; null where it is not written
 * @param output directory of checkpoints, metrics and lists
 */
public record RunDirectory(Storage storage, String model, String output) {
  /** The checkpoints of a run with these mathematical options and this data. */
  Checkpoints checkpoints(int keep, Checkpoints.Fingerprint fingerprint) {
    return new Checkpoints(storage, output + "/checkpoints", keep, fingerprint);
  }

  /** The metrics file. */
  MetricsFile metrics() {
    return new MetricsFile(storage, output + "/metrics.jsonl");
  }

  /** Writes the files of a model, its description last: without it a directory is no model. */
  void write(Map<String, byte[]> files) {
    storage.delete(model + "/" + ModelFiles.DESCRIPTION);
    files.forEach((name, bytes) -> storage.write(model + "/" + name, bytes));
  }
}
