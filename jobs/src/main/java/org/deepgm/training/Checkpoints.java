package org.deepgm.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.model.ModelFiles;

/**
 * Checkpoints of a run: {@code step-00000120.bin} with the state, then {@code step-00000120.json}
 * with its checksum and the mathematical options. Resume takes the newest complete one, so no
 * rename has to be atomic; the last K are kept.
 */
final class Checkpoints {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int VERSION = 1;

  private final Storage storage;
  private final String directory;
  private final int keep;
  private final JsonNode options;
  private final JsonNode defaults;
  private final Function<JsonNode, List<String>> formerStarts;

  /**
   * Checkpoints in a directory.
   *
   * @param fingerprint what must be equal at resume
   */
  Checkpoints(Storage storage, String directory, int keep, Fingerprint fingerprint) {
    this.storage = storage;
    this.directory = directory;
    this.keep = keep;
    options = fingerprint.options();
    defaults = fingerprint.defaults();
    formerStarts = fingerprint.formerStarts();
  }

  /**
   * What a run is known by.
   *
   * @param options the mathematical options, and checksums of the data and the first parameters
   * @param defaults what options mean that a checkpoint lacks, since they came later
   * @param formerStarts checksums of the first parameters as earlier versions made them, given the
   *     options that they had
   */
  record Fingerprint(
      JsonNode options, JsonNode defaults, Function<JsonNode, List<String>> formerStarts) {}

  /**
   * Options without those that came later.
   *
   * @param made the options, and what a task adds to them
   * @param now all options that there are
   * @param saved those that there were
   */
  static JsonNode former(JsonNode made, JsonNode now, JsonNode saved) {
    if (!made.isObject()) {
      return made;
    }
    ObjectNode out = MAPPER.createObjectNode();
    for (Map.Entry<String, JsonNode> field : made.properties()) {
      String name = field.getKey();
      if (saved.has(name) || !now.has(name)) {
        out.set(name, former(field.getValue(), now.path(name), saved.path(name)));
      }
    }
    return out;
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
   * The newest complete state, or null where there is none at all.
   *
   * @param shape lengths of the vectors of a state: the parameters, then the optimiser's slots
   * @param total steps of the run
   * @throws InputException if it was made with other mathematical options (the message shows
   *     which), if it does not fit this run, or if all that are there are damaged
   */
  TrainerState load(List<Integer> shape, int total) {
    List<String> manifests = manifests();
    for (int i = manifests.size() - 1; i >= 0; i--) {
      String path = directory + "/" + manifests.get(i);
      String state = path.replace(".json", ".bin");
      JsonNode manifest = manifest(path);
      if (manifest == null || !storage.exists(state)) {
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
      compare(renamed(manifest.path("options")), path);
      try {
        return decode(binary, shape, manifest.path("step").asInt(-1), total);
      } catch (InputException e) {
        throw new InputException(state + ": " + e.getMessage() + "; --restart begins again", e);
      }
    }
    if (!manifests.isEmpty()) {
      throw new InputException(
          directory
              + ": expected a complete checkpoint, found "
              + manifests.size()
              + " that are damaged; --restart begins again");
    }
    return null;
  }

  private JsonNode manifest(String path) {
    try {
      return MAPPER.readTree(storage.read(path));
    } catch (IOException e) {
      return null;
    }
  }

  /** As it is called today: earlier versions named images and their validation otherwise. */
  private JsonNode renamed(JsonNode saved) {
    if (!saved.isObject()) {
      return saved;
    }
    ObjectNode now = saved.deepCopy();
    if (formerStarts.apply(saved).contains(now.path("start").asText())) {
      now.set("start", options.path("start"));
    }
    if (!now.has("validation_images")) {
      return now;
    }
    String images = " images ";
    now.put("images", now.path("images").asText().replace(images, " "));
    now.put("validation", now.remove("validation_images").asText().replace(images, " "));
    return now;
  }

  private void compare(JsonNode saved, String path) {
    List<String> differences = new ArrayList<>();
    differences("", saved, options, defaults, differences);
    if (!differences.isEmpty()) {
      throw new InputException(
          path
              + ": the run was started with other options: "
              + String.join("; ", differences)
              + "; --restart begins again");
    }
  }

  private static void differences(
      String at, JsonNode a, JsonNode b, JsonNode standard, List<String> out) {
    if (a.isObject() && b.isObject()) {
      java.util.TreeSet<String> names = new java.util.TreeSet<>();
      a.fieldNames().forEachRemaining(names::add);
      b.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        String path = at.isEmpty() ? name : at + "." + name;
        JsonNode usual = standard.path(name);
        differences(path, a.has(name) ? a.path(name) : usual, b.path(name), usual, out);
      }
    } else if (!same(a, b)) {
      out.add(at + " was " + a + ", now " + b);
    }
  }

  /** Numbers are compared, not how they are written, in lists and their sections, too. */
  private static boolean same(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      return a.asDouble() == b.asDouble();
    }
    if (a.isArray() && b.isArray() && a.size() == b.size()) {
      return IntStream.range(0, a.size()).allMatch(i -> same(a.get(i), b.get(i)));
    }
    if (a.isObject() && b.isObject() && a.size() == b.size()) {
      return a.properties().stream()
          .allMatch(e -> b.has(e.getKey()) && same(e.getValue(), b.get(e.getKey())));
    }
    return a.equals(b);
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

  private static TrainerState decode(
      byte[] binary, List<Integer> shape, int manifestStep, int total) {
    ByteBuffer in = ByteBuffer.wrap(binary);
    TrainerState state = new TrainerState(new float[0]);
    try {
      expect(in.getInt() == VERSION, "version " + VERSION, "another");
      state.step = in.getInt();
      expect(state.step == manifestStep, "the step of its manifest, " + manifestStep, state.step);
      expect(state.step >= 0 && state.step <= total, "a step of 0.." + total, state.step);
      state.bestScore = in.getDouble();
      state.bestStep = in.getInt();
      expect(
          state.bestStep >= -1 && state.bestStep <= state.step,
          "a best step up to " + state.step,
          state.bestStep);
      state.stale = in.getInt();
      expect(state.stale >= 0, "a count of validations", state.stale);
      byte finished = in.get();
      expect(finished == 0 || finished == 1, "0 or 1", finished);
      state.finished = finished == 1;
      state.metricsOffset = in.getLong();
      expect(state.metricsOffset >= 0, "a length of metrics", state.metricsOffset);
      state.parameters = floats(in, shape.get(0));
      state.average = floats(in, shape.get(0));
      state.best = floats(in, shape.get(0));
      state.slots = new ArrayList<>();
      int slots = in.getInt();
      expect(slots == shape.size() - 1, shape.size() - 1 + " slots of the optimiser", slots);
      for (int i = 0; i < slots; i++) {
        state.slots.add(doubles(in, shape.get(i + 1)));
      }
    } catch (BufferUnderflowException e) {
      throw new InputException("expected a whole state, found " + binary.length + " bytes", e);
    }
    expect(!in.hasRemaining(), "nothing behind the state", in.remaining() + " bytes");
    return state;
  }

  private static void expect(boolean holds, String expected, Object found) {
    if (!holds) {
      throw new InputException("expected " + expected + ", found " + found);
    }
  }

  private static int length(ByteBuffer in, int wanted, int bytes) {
    int length = in.getInt();
    expect(length == wanted, wanted + " values as this run has", length);
    expect(in.remaining() >= (long) length * bytes, "a whole vector", in.remaining() + " bytes");
    return length;
  }

  private static float[] floats(ByteBuffer in, int wanted) {
    float[] vector = new float[length(in, wanted, Float.BYTES)];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = in.getFloat();
      expect(Float.isFinite(vector[i]), "finite numbers", vector[i]);
    }
    return vector;
  }

  private static double[] doubles(ByteBuffer in, int wanted) {
    double[] vector = new double[length(in, wanted, Double.BYTES)];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = in.getDouble();
      expect(Double.isFinite(vector[i]), "finite numbers", vector[i]);
    }
    return vector;
  }
}
