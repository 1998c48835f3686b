package org.deepgm.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deepgm.math.RandomStream;

/** Trees of a small language in which the words tell the tree but for where phrases attach. */
public final class MadeTrees {
  private static final String[] NOUNS = {"dog", "cat", "man", "tree", "house"};
  private static final String[] VERBS = {"saw", "liked", "found"};
  private static final String[] ADJECTIVES = {"old", "big", "red"};
  private static final String[] PLACES = {"in", "near", "with"};

  private MadeTrees() {}

  /** Writes a file of so many trees. */
  public static void file(Path file, int count) throws IOException {
    RandomStream random = RandomStream.of(RandomStream.key(file.getFileName().toString()));
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String verb = "(VBD " + of(VERBS, random) + ")";
      lines.append("( (S ").append(noun(random, 0)).append(" (VP ").append(verb).append(' ');
      lines.append(noun(random, 0)).append(") (. .)) )\n");
    }
    Files.writeString(file, lines);
  }

  private static String of(String[] words, RandomStream random) {
    return words[random.nextInt(words.length)];
  }

  private static String noun(RandomStream random, int depth) {
    if (random.nextInt(5) == 0) {
      return "(NP (PRP it))";
    }
    String adjective = random.nextInt(3) == 0 ? " (JJ " + of(ADJECTIVES, random) + ")" : "";
    String plain = "(NP (DT the)" + adjective + " (NN " + of(NOUNS, random) + "))";
    if (depth < 2 && random.nextInt(3) == 0) {
      String place = "(PP (IN " + of(PLACES, random) + ") " + noun(random, depth + 1) + ")";
      return "(NP " + plain + " " + place + ")";
    }
    return plain;
  }
}
