package org.deepgm.model;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.deepgm.fault.InputException;
import org.deepgm.network.ParameterLayout;

/**
 * The files of a model directory: {@code parameters.bin} and {@code model.json}.
 *
 * <p>{@code parameters.bin}: the bytes DGMP, the version and the count as 32-bit integers, then the
 * parameters as IEEE 754 single precision, all big-endian. {@code model.json} holds the version,
 * the task, the description, the slices with their shapes, the SHA-256 of the parameters, and last
 * the SHA-256 of everything before it, so that a truncated or altered model does not load. It is to
 * be written last: a directory without it is no model. No times, hosts or paths are in either.
 */
public final class ModelFiles {
  /** Version that is written; older ones are read. */
  public static final int VERSION = 1;

  /** Name of the description, which marks a directory as a model. */
  public static final String DESCRIPTION = "model.json";

  /** Name of the parameters. */
  public static final String PARAMETERS = "parameters.bin";

  /** Reads what it is given and nothing more: no key twice, nothing behind the end. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final byte[] MAGIC = {'D', 'G', 'M', 'P'};

  private ModelFiles() {}

  /**
   * What a model directory says.
   *
   * @param task segmentation or tagging
   * @param description everything that the task needs to rebuild its scorer
   * @param parameters the vector
   */
  public record Content(String task, JsonNode description, float[] parameters) {}

  /** Rebuilds what a task learned from its description. */
  @FunctionalInterface
  public interface Builder<M> {
    /**
     * The model; what does not fit is an exception of any kind, which becomes one line.
     *
     * @param library version of deepgm that trained it
     * @param training the options of the training run, as JSON text
     */
    M build(JsonNode description, float[] parameters, String library, String training)
        throws IOException;
  }

  /**
   * Reads a model of a task and checks it against itself: its parameters are finite numbers, as
   * many and cut as its own shape says.
   *
   * @param place how messages name it
   * @param layout of the parameters of a model
   * @throws InputException with one line if anything does not fit
   */
  public static <M> M decode(
      Source source,
      String place,
      String task,
      Builder<M> builder,
      Function<M, ParameterLayout> layout) {
    JsonNode root = parse(source.read(DESCRIPTION), place);
    Content content = decode(root, source, place);
    if (!task.equals(content.task())) {
      throw new InputException(
          place + ": expected a model of the task " + task + ", found " + content.task());
    }
    JsonNode node = content.description();
    try {
      M model =
          builder.build(
              node,
              content.parameters(),
              node.path("library").asText(),
              MAPPER.writeValueAsString(node.path("training")));
      checkLayout(root.path("parameters"), content.parameters(), layout.apply(model));
      return model;
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new InputException(
          place + "/" + DESCRIPTION + ": " + reason.lines().findFirst().orElse(""), e);
    }
  }

  private static void checkLayout(JsonNode found, float[] parameters, ParameterLayout layout) {
    if (parameters.length != layout.length()) {
      throw new InputException(
          "expected " + layout.length() + " parameters, found " + parameters.length);
    }
    ArrayNode expected = slices(MAPPER.createObjectNode(), layout);
    if (!expected.equals(found.path("slices"))) {
      throw new InputException("expected the slices of its own shape, found others");
    }
    for (ParameterLayout.Slice slice : layout.slices()) {
      for (int i = slice.offset(); i < slice.offset() + slice.length(); i++) {
        if (!Float.isFinite(parameters[i])) {
          throw new InputException(
              "expected finite parameters, found " + parameters[i] + " in " + slice.name());
        }
      }
    }
  }

  private static ArrayNode slices(ObjectNode parent, ParameterLayout layout) {
    ArrayNode slices = parent.putArray("slices");
    for (ParameterLayout.Slice slice : layout.slices()) {
      ObjectNode node = slices.addObject().put("name", slice.name()).put("offset", slice.offset());
      slice.shape().forEach(node.withArray("shape")::add);
    }
    return slices;
  }

  /** Reads one file of a directory; throws an {@link InputException} where it is missing. */
  @FunctionalInterface
  public interface Source {
    /** The bytes of a file. */
    byte[] read(String name);
  }

  /**
   * What is known of a model before it is trained, but for the options and the version that made
   * it: its labels, shape and first parameters. SHA-256 in hexadecimal.
   *
   * @param description what {@link #encode} gives for {@link #DESCRIPTION}
   */
  public static String start(byte[] description) {
    ObjectNode root = tree(description);
    root.remove("checksum");
    if (root.get("description") instanceof ObjectNode inner) {
      inner.remove(List.of("library", "training"));
    }
    return sha256(compact(root));
  }

  /**
   * The same as earlier versions had it, which took in the options: two forms.
   *
   * @param training from the options that the model was made with, those that there were then
   */
  public static List<String> formerStarts(byte[] description, UnaryOperator<JsonNode> training) {
    ObjectNode root = tree(description);
    root.remove("checksum");
    if (root.get("description") instanceof ObjectNode inner && inner.has("training")) {
      inner.set("training", training.apply(inner.get("training")));
    }
    root.put("checksum", checksum(root));
    String whole = sha256(json(root));
    root.remove("library");
    return List.of(whole, sha256(compact(root)));
  }

  private static ObjectNode tree(byte[] description) {
    try {
      return (ObjectNode) MAPPER.readTree(description);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] compact(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The files in the order in which they must be written. */
  public static Map<String, byte[]> encode(Content content, ParameterLayout layout) {
    byte[] binary = encodeParameters(content.parameters());
    ObjectNode root = MAPPER.createObjectNode();
    root.put("format", "deepgm-model");
    root.put("version", VERSION);
    root.put("task", content.task());
    root.set("description", content.description());
    ObjectNode parameters = root.putObject("parameters");
    parameters.put("file", PARAMETERS);
    parameters.put("count", content.parameters().length);
    parameters.put("sha256", sha256(binary));
    slices(parameters, layout);
    root.put("checksum", checksum(root));
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(PARAMETERS, binary);
    files.put(DESCRIPTION, json(root));
    return files;
  }

  /**
   * Reads a model directory.
   *
   * @param place how messages name it
   * @throws InputException if a file is missing, truncated, altered or newer than this library
   */
  private static Content decode(JsonNode root, Source source, String place) {
    if (!"deepgm-model".equals(root.path("format").asText())) {
      throw new InputException(place + "/" + DESCRIPTION + ": expected a deepgm model");
    }
    int version = root.path("version").isInt() ? root.path("version").asInt() : -1;
    if (version < 1 || version > VERSION) {
      throw new InputException(
          place
              + "/"
              + DESCRIPTION
              + ": expected version 1.."
              + VERSION
              + ", found "
              + root.path("version")
              + "; a newer deepgm may have written it");
    }
    ObjectNode unsigned = ((ObjectNode) root).deepCopy();
    unsigned.remove("checksum");
    if (!checksum(unsigned).equals(root.path("checksum").asText())) {
      throw new InputException(
          place + "/" + DESCRIPTION + ": its checksum does not fit its content; it was altered");
    }
    byte[] binary = source.read(PARAMETERS);
    JsonNode parameters = root.path("parameters");
    if (!sha256(binary).equals(parameters.path("sha256").asText())) {
      throw new InputException(
          place
              + "/"
              + PARAMETERS
              + ": expected "
              + (12 + 4L * parameters.path("count").asInt())
              + " bytes with the checksum in "
              + DESCRIPTION
              + ", found "
              + binary.length
              + " bytes with another; it was truncated or altered");
    }
    float[] vector = decodeParameters(binary, place);
    if (!parameters.path("count").isInt() || parameters.path("count").asInt() != vector.length) {
      throw new InputException(
          place
              + "/"
              + DESCRIPTION
              + ": expected the count of its parameters, "
              + vector.length
              + ", found "
              + parameters.path("count"));
    }
    return new Content(root.path("task").asText(), root.path("description"), vector);
  }

  private static JsonNode parse(byte[] json, String place) {
    try {
      JsonNode root = MAPPER.readTree(json);
      if (root == null || !root.isObject()) {
        throw new InputException(place + "/" + DESCRIPTION + ": expected a JSON object");
      }
      return root;
    } catch (IOException e) {
      throw new InputException(
          place + "/" + DESCRIPTION + ": expected JSON, found a truncated or broken file", e);
    }
  }

  private static byte[] encodeParameters(float[] parameters) {
    ByteBuffer buffer = ByteBuffer.allocate(12 + 4 * parameters.length);
    buffer.put(MAGIC).putInt(VERSION).putInt(parameters.length);
    for (float p : parameters) {
      buffer.putFloat(p);
    }
    return buffer.array();
  }

  private static float[] decodeParameters(byte[] binary, String place) {
    ByteBuffer buffer = ByteBuffer.wrap(binary);
    byte[] magic = new byte[4];
    if (binary.length >= 12) {
      buffer.get(magic);
      int version = buffer.getInt();
      if (version < 1 || version > VERSION) {
        throw new InputException(
            place + "/" + PARAMETERS + ": expected version 1.." + VERSION + ", found " + version);
      }
    }
    int count = binary.length >= 12 ? buffer.getInt() : -1;
    if (!java.util.Arrays.equals(magic, MAGIC) || binary.length != 12 + 4L * count) {
      throw new InputException(place + "/" + PARAMETERS + ": not a parameter file");
    }
    float[] parameters = new float[count];
    buffer.asFloatBuffer().get(parameters);
    return parameters;
  }

  private static byte[] json(JsonNode node) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String checksum(JsonNode node) {
    // Through text once, so that numbers compare as a reader will see them.
    try {
      return sha256(MAPPER.writeValueAsBytes(MAPPER.readTree(json(node))));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SHA-256 in hexadecimal. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
