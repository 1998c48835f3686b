package org.deepgm.task;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Locale;

/** Numbers that stand large at the top of a page. */
public final class Tiles {
  private Tiles() {}

  /** Adds a number; a dash stands for none. */
  public static void add(ArrayNode tiles, String format, double value, String name) {
    String shown = Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "\u2013";
    tiles.addArray().add(shown).add(name);
  }
}
