package org.deepgm.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deepgm.dataset.Storage;
import org.deepgm.image.InputException;
import org.deepgm.model.ModelFiles;

/**
 * Checkpoints of a run: {@code step-00000120.bin} with the state, then {@code step-00000120.json}
 * with its checksum and the mathematical options. Resume takes the newest complete one, so no
 * rename has to be atomic; the last K are kept.
 */
public final class Checkpoints {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int VERSION = 1;

  private final Storage storage;
  private final String directory;
  private final int keep;
  private final JsonNode options;

  /**
   * Checkpoints in a directory.
   *
   * @param options the mathematical options, which must be equal at resume
   */
  public Checkpoints(Storage storage, String directory, int keep, JsonNode options) {
    this.storage = storage;
    this.directory = directory;
    this.keep = keep;
    this.options = options;
  }

  /** Writes the state and forgets the oldest. */
  void save(TrainerState state) {
    String name = String.format(Locale.ROOT, "step-%08d", state.step);
    byte[] binary = encode(state);
    storage.write(directory + "/" + name + ".bin", binary);
    ObjectNode manifest = MAPPER.createObjectNode();
    manifest.put("version", VERSION).put("step", state.step);
    manifest.put("sha256", ModelFiles.sha256(binary));
    manifest.set("options", options);
    try {
      storage.write(
          directory + "/" + name + ".json",
          MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    List<String> manifests = manifests();
    for (int i = 0; i < manifests.size() - keep; i++) {
      String old = directory + "/" + manifests.get(i);
      storage.delete(old);
      storage.delete(old.replace(".json", ".bin"));
    }
  }

  /** The path of the newest manifest, or null. */
  String newest() {
    List<String> manifests = manifests();
    return manifests.isEmpty() ? null : directory + "/" + manifests.get(manifests.size() - 1);
  }

  private List<String> manifests() {
    return storage.names(directory).stream().filter(n -> n.matches("step-\\d{8}\\.json")).toList();
  }

  /**
   * The newest complete state, or null.
   *
   * @throws InputException if it was made with other mathematical options; the message shows which
   */
  TrainerState load() {
    List<String> manifests = manifests();
    for (int i = manifests.size() - 1; i >= 0; i--) {
      String path = directory + "/" + manifests.get(i);
      try {
        JsonNode manifest = MAPPER.readTree(storage.read(path));
        String state = path.replace(".json", ".bin");
        if (!storage.exists(state)) {
          continue;
        }
        byte[] binary = storage.read(state);
        if (!ModelFiles.sha256(binary).equals(manifest.path("sha256").asText())) {
          continue;
        }
        if (manifest.path("version").asInt() != VERSION) {
          throw new InputException(
              path + ": expected version " + VERSION + ", found " + manifest.path("version"));
        }
        compare(manifest.path("options"), path);
        return decode(binary);
      } catch (IOException e) {
        continue;
      }
    }
    return null;
  }

  private void compare(JsonNode saved, String path) {
    List<String> differences = new ArrayList<>();
    differences("", saved, options, differences);
    if (!differences.isEmpty()) {
      throw new InputException(
          path
              + ": the run was started with other options: "
              + String.join("; ", differences)
              + "; --restart begins again");
    }
  }

  private static void differences(String at, JsonNode a, JsonNode b, List<String> out) {
    if (a.isObject() && b.isObject()) {
      java.util.TreeSet<String> names = new java.util.TreeSet<>();
      a.fieldNames().forEachRemaining(names::add);
      b.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        differences(at.isEmpty() ? name : at + "." + name, a.path(name), b.path(name), out);
      }
    } else if (!a.toString().equals(b.toString())) {
      out.add(at + " was " + a + ", now " + b);
    }
  }

  private static byte[] encode(TrainerState state) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(VERSION);
      out.writeInt(state.step);
      out.writeDouble(state.bestScore);
      out.writeInt(state.bestStep);
      out.writeInt(state.stale);
      out.writeBoolean(state.finished);
      out.writeLong(state.metricsOffset);
      for (float[] vector : List.of(state.parameters, state.average, state.best)) {
        out.writeInt(vector.length);
        for (float v : vector) {
          out.writeFloat(v);
        }
      }
      out.writeInt(state.slots.size());
      for (double[] slot : state.slots) {
        out.writeInt(slot.length);
        for (double v : slot) {
          out.writeDouble(v);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private static TrainerState decode(byte[] binary) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(binary))) {
      in.readInt();
      int step = in.readInt();
      TrainerState state = new TrainerState(new float[0]);
      state.step = step;
      state.bestScore = in.readDouble();
      state.bestStep = in.readInt();
      state.stale = in.readInt();
      state.finished = in.readBoolean();
      state.metricsOffset = in.readLong();
      state.parameters = floats(in);
      state.average = floats(in);
      state.best = floats(in);
      state.slots = new ArrayList<>();
      int slots = in.readInt();
      for (int i = 0; i < slots; i++) {
        double[] slot = new double[in.readInt()];
        for (int j = 0; j < slot.length; j++) {
          slot[j] = in.readDouble();
        }
        state.slots.add(slot);
      }
      return state;
    }
  }

  private static float[] floats(DataInputStream in) throws IOException {
    float[] vector = new float[in.readInt()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = in.readFloat();
    }
    return vector;
  }
}
