package org.deepgm.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;

/**
 * {@code metrics.jsonl}: a line a step and a line a validation.
 *
 * <p>On a local disk every line is appended at once; elsewhere, where files cannot grow, the file
 * is put again with every checkpoint. A resumed run cuts the lines after its checkpoint.
 */
final class MetricsFile implements TrainingListener {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Storage storage;
  private final String path;
  private final Path local;
  private byte[] content = new byte[0];
  private int length;

  /** A file in a run's output directory, given with its scheme. */
  public MetricsFile(Storage storage, String path) {
    this.storage = storage;
    this.path = path;
    String file = new org.apache.hadoop.fs.Path(path).toUri().getPath();
    local = path.startsWith("file:") ? Path.of(file) : null;
  }

  /** A link that was put in its place is an error, and is not followed. */
  private FileChannel open() throws IOException {
    return FileChannel.open(
        local, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }

  /** Cuts the file to its first bytes. */
  void truncate(long offset) {
    try {
      if (local != null) {
        Files.createDirectories(local.getParent());
        try (FileChannel file = open()) {
          file.truncate(offset);
          length = (int) file.size();
        }
      } else if (offset > 0 && storage.exists(path)) {
        content = Arrays.copyOf(storage.read(path), (int) offset);
        length = (int) offset;
      }
    } catch (IOException e) {
      throw new InputException(path + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** Makes all lines durable and returns the length of the file. */
  long flush() {
    if (local == null) {
      storage.write(path, Arrays.copyOf(content, length));
    }
    return length;
  }

  private void append(ObjectNode node) {
    byte[] line = (node + "\n").getBytes(StandardCharsets.UTF_8);
    if (local != null) {
      try (FileChannel file = open()) {
        ByteBuffer rest = ByteBuffer.wrap(line);
        while (rest.hasRemaining()) {
          file.write(rest, length + rest.position());
        }
      } catch (IOException e) {
        throw new InputException(path + " cannot be written: " + e.getMessage(), e);
      }
    } else {
      if (content.length < length + line.length) {
        content = Arrays.copyOf(content, Math.max(4096, 2 * (length + line.length)));
      }
      System.arraycopy(line, 0, content, length, line.length);
    }
    length += line.length;
  }

  @Override
  public void onStep(Step s) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("event", "step").put("step", s.step()).put("epoch", s.epoch());
    node.put("loss", s.loss()).put("gradient_norm", s.gradientNorm()).put("rate", s.rate());
    node.put("examples", s.examples()).put("examples_per_second", s.examples() / s.seconds());
    node.put("sweeps", s.sweeps()).put("unconverged", s.unconverged());
    node.put("seconds", s.seconds()).put("aggregate_seconds", s.aggregateSeconds());
    node.put("update_seconds", s.updateSeconds()).put("scorer_seconds", s.scorerSeconds());
    node.put("inference_seconds", s.inferenceSeconds());
    node.put("read_seconds", s.readSeconds()).put("bytes_read", s.bytesRead());
    node.put("in_memory", s.inMemory());
    append(node);
  }

  @Override
  public void onValidation(int step, Map<String, Double> scores, double seconds, boolean best) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("event", "validation").put("step", step).put("best", best).put("seconds", seconds);
    scores.forEach(node::put);
    append(node);
  }
}
