package org.deepgm.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.deepgm.fault.InputException;

/**
 * The classes of a data set: {@code labels.json}.
 *
 * @param name of the data set
 * @param classes in the order of the file; their place is the label index used inside
 * @param ignored what stands for pixels without a known label
 */
public record LabelSet(String name, List<LabelClass> classes, Ignored ignored)
    implements Serializable {
  private static final String TRANSPARENT = "transparent";

  /**
   * What stands for pixels without a known label.
   *
   * @param ids values of masks of one band; the first is the one that is written
   * @param colors 0xRRGGBB of masks in colours
   * @param transparent whether pixels of alpha 0 are ignored
   */
  public record Ignored(List<Integer> ids, List<Integer> colors, boolean transparent)
      implements Serializable {
    /** Nothing is ignored. */
    public static final Ignored NONE = new Ignored(List.of(), List.of(), false);

    /** Checks the ids. */
    public Ignored {
      ids = List.copyOf(ids);
      colors = List.copyOf(colors);
      for (int id : ids) {
        if (id < 0 || id > 65535) {
          throw new InputException("expected ignored ids 0..65535, found " + id);
        }
      }
    }
  }

  /**
   * One class.
   *
   * @param id its value in masks, 0..65535
   * @param name for people
   * @param color 0xRRGGBB, for display and for colour-coded masks
   */
  public record LabelClass(int id, String name, int color) implements Serializable {}

  /** Checks ids, names and number. */
  public LabelSet {
    classes = List.copyOf(classes);
    if (classes.isEmpty() || classes.size() > 254) {
      throw new InputException("Expected 1 to 254 classes, found " + classes.size());
    }
    Set<Integer> ids = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (LabelClass c : classes) {
      if (c.id() < 0 || c.id() > 65535 || !ids.add(c.id())) {
        throw new InputException("Expected distinct class ids 0..65535, found " + c.id());
      }
      if (c.name().isBlank() || !names.add(c.name())) {
        throw new InputException("Expected distinct class names, found '" + c.name() + "'");
      }
    }
    for (int id : ignored.ids()) {
      if (ids.contains(id)) {
        throw new InputException("The ignore id " + id + " is also the id of a class");
      }
    }
    for (LabelClass c : classes) {
      if (ignored.colors().contains(c.color())) {
        throw new InputException("The color of class '" + c.name() + "' is also ignored");
      }
    }
  }

  /**
   * A label set with at most one ignored id.
   *
   * @param ignore the mask value of pixels without a known label, or null
   */
  public LabelSet(String name, List<LabelClass> classes, Integer ignore) {
    this(
        name,
        classes,
        ignore == null ? Ignored.NONE : new Ignored(List.of(ignore), List.of(), false));
  }

  /** The value that masks are written with where no label is known, or null. */
  public Integer ignore() {
    return ignored.ids().isEmpty() ? null : ignored.ids().get(0);
  }

  /** Number of classes, L. */
  public int size() {
    return classes.size();
  }

  /** Table from mask values to label indices; -1 where a value is no label. */
  public int[] indexOfId() {
    int[] index = new int[65536];
    java.util.Arrays.fill(index, -1);
    for (int i = 0; i < classes.size(); i++) {
      index[classes.get(i).id()] = i;
    }
    for (int id : ignored.ids()) {
      index[id] = LabelMap.IGNORE;
    }
    return index;
  }

  /**
   * Map from display colours to label indices, and from ignored ones to {@link LabelMap#IGNORE}.
   */
  public Map<Integer, Integer> indexOfColor() {
    Map<Integer, Integer> index = new HashMap<>();
    for (int i = 0; i < classes.size(); i++) {
      index.put(classes.get(i).color(), i);
    }
    ignored.colors().forEach(color -> index.put(color, LabelMap.IGNORE));
    return index;
  }

  /** What a mask may hold, for messages: {@code 0..10 or 255 (ignore)}. */
  public String expectedIds() {
    boolean run = true;
    for (int i = 0; i < classes.size(); i++) {
      run &= classes.get(i).id() == i;
    }
    String ids =
        run
            ? "0.." + (classes.size() - 1)
            : classes.stream().map(c -> "" + c.id()).limit(20).collect(Collectors.joining(", "));
    return ignored.ids().isEmpty()
        ? ids
        : ids
            + " or "
            + ignored.ids().stream().map(String::valueOf).collect(Collectors.joining(", "))
            + " (ignore)";
  }

  /** Bits that an id needs in a mask: 8, or 16 where one is above 255. */
  public int bits() {
    int largest = ignore() == null ? 0 : ignore();
    for (LabelClass c : classes) {
      largest = Math.max(largest, c.id());
    }
    return largest < 256 ? 8 : 16;
  }

  /**
   * A labelling as ids, row after row: bytes, or two bytes each with the high one first.
   *
   * <p>Ignored pixels have the ignored id, or 0 where there is none.
   */
  public byte[] ids(LabelMap map) {
    int size = bits() / 8;
    byte[] ids = new byte[map.labels().length * size];
    for (int i = 0; i < map.labels().length; i++) {
      int id = id(map.label(i));
      ids[i * size] = (byte) (size == 1 ? id : id >> 8);
      if (size == 2) {
        ids[2 * i + 1] = (byte) id;
      }
    }
    return ids;
  }

  /** The id of a label index; of {@link LabelMap#IGNORE} the ignored one, or 0. */
  public int id(int label) {
    if (label != LabelMap.IGNORE) {
      return classes.get(label).id();
    }
    return ignore() == null ? 0 : ignore();
  }

  /** Whether masks of both mean the same: equal ids and names in the same order. */
  public boolean sameClasses(LabelSet other) {
    if (other.size() != size()) {
      return false;
    }
    for (int i = 0; i < size(); i++) {
      LabelClass a = classes.get(i);
      LabelClass b = other.classes.get(i);
      if (a.id() != b.id() || !a.name().equals(b.name())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads labels.json.
   *
   * @param place how messages name the file
   * @throws InputException if the JSON is broken or does not describe classes
   */
  public static LabelSet parse(byte[] json, String place) {
    try {
      JsonNode root = new ObjectMapper().readTree(json);
      JsonNode list = root == null ? null : root.get("classes");
      if (list == null || !list.isArray()) {
        throw new InputException("expected an object with an array 'classes'");
      }
      List<LabelClass> classes = new ArrayList<>();
      for (JsonNode node : list) {
        if (!node.path("id").isInt() || !node.path("name").isTextual()) {
          throw new InputException("expected id (a number) and name in class " + classes.size());
        }
        classes.add(
            new LabelClass(
                node.get("id").asInt(),
                node.get("name").asText(),
                color(node.get("color"), classes.size())));
      }
      return new LabelSet(root.path("name").asText("labels"), classes, ignored(root.get("ignore")));
    } catch (IOException e) {
      throw new InputException(place + ": not valid JSON: " + firstLine(e), e);
    } catch (InputException e) {
      throw new InputException(place + ": " + e.getMessage(), e);
    }
  }

  /** Null, an id, or a list of ids, colours and "transparent". */
  private static Ignored ignored(JsonNode node) {
    if (node == null || node.isNull()) {
      return Ignored.NONE;
    }
    List<Integer> ids = new ArrayList<>();
    List<Integer> colors = new ArrayList<>();
    boolean transparent = false;
    for (JsonNode item : node.isArray() ? node : List.of(node)) {
      if (item.isInt() && item.asInt() >= 0 && item.asInt() <= 65535) {
        ids.add(item.asInt());
      } else if (item.isArray()) {
        colors.add(color(item, "ignore"));
      } else if (item.asText().equals(TRANSPARENT)) {
        transparent = true;
      } else {
        throw new InputException(
            "expected ignore to be null, an id 0..65535, or a list of ids, colors [r, g, b] and \""
                + TRANSPARENT
                + "\", found "
                + item);
      }
    }
    return new Ignored(ids, colors, transparent);
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static int color(JsonNode node, int index) {
    if (node == null) {
      // Colours that differ: steps of the golden angle around the colour circle.
      return java.awt.Color.HSBtoRGB(index * 0.618034f, 0.65f, 0.95f) & 0xFFFFFF;
    }
    return color(node, "class " + index);
  }

  private static int color(JsonNode node, String where) {
    if (!node.isArray() || node.size() != 3) {
      throw new InputException("expected a color [r, g, b] in " + where);
    }
    int rgb = 0;
    for (JsonNode part : node) {
      if (part.asInt(-1) < 0 || part.asInt() > 255) {
        throw new InputException("expected colour values 0..255 in " + where);
      }
      rgb = rgb << 8 | part.asInt();
    }
    return rgb;
  }

  /** The JSON that {@link #parse} reads. */
  public byte[] toJson() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("name", name);
    ArrayNode list = root.putArray("classes");
    for (LabelClass c : classes) {
      ObjectNode node = list.addObject();
      node.put("id", c.id()).put("name", c.name());
      int rgb = c.color();
      node.putArray("color").add(rgb >> 16).add(rgb >> 8 & 0xFF).add(rgb & 0xFF);
    }
    boolean one = ignored.ids().size() == 1 && ignored.colors().isEmpty();
    if (ignored.equals(Ignored.NONE)) {
      root.putNull("ignore");
    } else if (one && !ignored.transparent()) {
      root.put("ignore", ignore());
    } else {
      ArrayNode all = root.putArray("ignore");
      ignored.ids().forEach(all::add);
      for (int rgb : ignored.colors()) {
        all.addArray().add(rgb >> 16).add(rgb >> 8 & 0xFF).add(rgb & 0xFF);
      }
      if (ignored.transparent()) {
        all.add(TRANSPARENT);
      }
    }
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
