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

/**
 * The classes of a data set: {@code labels.json}.
 *
 * @param name of the data set
 * @param classes in the order of the file; their place is the label index used inside
 * @param ignore the mask value of pixels without a known label, or null
 */
public record LabelSet(String name, List<LabelClass> classes, Integer ignore)
    implements Serializable {

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
    if (ignore != null && ids.contains(ignore)) {
      throw new InputException("The ignore id " + ignore + " is also the id of a class");
    }
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
    if (ignore != null && ignore >= 0 && ignore < index.length) {
      index[ignore] = LabelMap.IGNORE;
    }
    return index;
  }

  /** Map from display colours to label indices. */
  public Map<Integer, Integer> indexOfColor() {
    Map<Integer, Integer> index = new HashMap<>();
    for (int i = 0; i < classes.size(); i++) {
      index.put(classes.get(i).color(), i);
    }
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
    return ignore == null ? ids : ids + " or " + ignore + " (ignore)";
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
      JsonNode ignore = root.get("ignore");
      boolean none = ignore == null || ignore.isNull();
      if (!none && (!ignore.isInt() || ignore.asInt() < 0 || ignore.asInt() > 65535)) {
        throw new InputException("expected ignore to be null or an id 0..65535, found " + ignore);
      }
      return new LabelSet(
          root.path("name").asText("labels"), classes, none ? null : ignore.asInt());
    } catch (IOException e) {
      throw new InputException(place + ": not valid JSON: " + firstLine(e), e);
    } catch (InputException e) {
      throw new InputException(place + ": " + e.getMessage(), e);
    }
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static int color(JsonNode node, int index) {
    if (node == null) {
      // Colours that differ: steps of the golden angle around the colour circle.
      return java.awt.Color.HSBtoRGB(index * 0.618034f, 0.65f, 0.95f) & 0xFFFFFF;
    }
    if (!node.isArray() || node.size() != 3) {
      throw new InputException("expected a color [r, g, b] in class " + index);
    }
    int rgb = 0;
    for (JsonNode part : node) {
      if (part.asInt(-1) < 0 || part.asInt() > 255) {
        throw new InputException("expected colour values 0..255 in class " + index);
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
    if (ignore == null) {
      root.putNull("ignore");
    } else {
      root.put("ignore", ignore);
    }
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
