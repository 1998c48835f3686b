package org.deepgm.tagging;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How the labels of tokens mark chunks. */
public enum ChunkScheme {
  /**
   * B, I, E and O, whichever of them are used (IOB1, IOB2, IOE1, IOE2), as conlleval.pl counts them
   * (Tjong Kim Sang, Buchholz 2000, aclanthology.org/W00-0726): what does not fit begins a chunk.
   */
  IOB {
    @Override
    List<Chunk> chunks(String[] labels) {
      List<Chunk> chunks = new ArrayList<>();
      int from = -1;
      for (int t = 0; t <= labels.length; t++) {
        String before = t == 0 ? "O" : labels[t - 1];
        String now = t == labels.length ? "O" : labels[t];
        if (from >= 0 && ends(before, now)) {
          chunks.add(new Chunk(from, t, type(before)));
          from = -1;
        }
        if (begins(before, now)) {
          from = t;
        }
      }
      return chunks;
    }
  },

  /** Begin, inside, outside, end, single: a chunk is B I* E or S, and nothing else is one. */
  IOBES {
    @Override
    List<Chunk> chunks(String[] labels) {
      return strict(labels, 'E', 'S');
    }
  },

  /** Begin, inside, last, outside, unit: a chunk is B I* L or U, and nothing else is one. */
  BILOU {
    @Override
    List<Chunk> chunks(String[] labels) {
      return strict(labels, 'L', 'U');
    }
  };

  /**
   * A run of tokens.
   *
   * @param from first
   * @param to behind the last
   */
  record Chunk(int from, int to, String type) {}

  /** The chunks of a sequence, by their places. */
  abstract List<Chunk> chunks(String[] labels);

  /** The name in tables and settings. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The letter before the dash; O where there is no type. */
  static char prefix(String label) {
    return type(label).isEmpty() ? 'O' : label.charAt(0);
  }

  static String type(String label) {
    return label.length() > 2 && label.charAt(1) == '-' ? label.substring(2) : "";
  }

  private static boolean pair(String before, String now, String... pairs) {
    String pair = "" + prefix(before) + prefix(now);
    return List.of(pairs).contains(pair);
  }

  private static boolean ends(String before, String now) {
    return pair(before, now, "BB", "BO", "IB", "IO", "EE", "EI", "EO")
        || prefix(before) != 'O' && !type(before).equals(type(now));
  }

  private static boolean begins(String before, String now) {
    return pair(before, now, "BB", "IB", "OB", "OI", "EE", "EI", "OE")
        || prefix(now) != 'O' && !type(before).equals(type(now));
  }

  /** As seqeval counts in its strict mode. */
  private static List<Chunk> strict(String[] labels, char end, char single) {
    List<Chunk> chunks = new ArrayList<>();
    for (int t = 0; t < labels.length; t++) {
      char first = prefix(labels[t]);
      if (first == single) {
        chunks.add(new Chunk(t, t + 1, type(labels[t])));
      }
      if (first != 'B') {
        continue;
      }
      int last = t;
      while (last + 1 < labels.length
          && prefix(labels[last]) != end
          && (prefix(labels[last + 1]) == 'I' || prefix(labels[last + 1]) == end)
          && type(labels[last + 1]).equals(type(labels[t]))) {
        last++;
      }
      if (prefix(labels[last]) == end) {
        chunks.add(new Chunk(t, last + 1, type(labels[t])));
      }
    }
    return chunks;
  }
}
