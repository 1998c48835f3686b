package org.deepgm.transcription;

import java.io.Serializable;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.deepgm.image.RecordException;
import org.deepgm.image.RecordException.Kind;

/**
 * The characters of transcriptions. Symbol 0 is the blank of CTC, character c is symbol c + 1.
 *
 * @param characters ascending, one code point each
 */
public record SymbolSet(List<String> characters) implements Serializable {
  /** Index of the blank. */
  public static final int BLANK = 0;

  /** Keeps the characters. */
  public SymbolSet {
    characters = List.copyOf(characters);
  }

  /** The characters that occur in texts. */
  public static SymbolSet of(Iterable<String> texts) {
    TreeSet<String> all = new TreeSet<>();
    for (String text : texts) {
      text.codePoints().mapToObj(Character::toString).forEach(all::add);
    }
    return new SymbolSet(List.copyOf(all));
  }

  /** Symbols, with the blank. */
  public int size() {
    return characters.size() + 1;
  }

  /**
   * The symbols of a text.
   *
   * @throws RecordException with a character that there is none for
   */
  public int[] encode(String text, String place) {
    return text.codePoints()
        .map(
            c -> {
              int at = characters.indexOf(Character.toString(c));
              if (at < 0) {
                throw new RecordException(
                    Kind.UNKNOWN_LABEL,
                    place
                        + ": expected the characters \""
                        + characters.stream().collect(Collectors.joining())
                        + "\", found \""
                        + Character.toString(c)
                        + "\"");
              }
              return at + 1;
            })
        .toArray();
  }

  /** The symbol of a character, or -1. */
  public int symbol(String character) {
    int at = characters.indexOf(character);
    return at < 0 ? -1 : at + 1;
  }

  /** The text of symbols without blanks. */
  public String decode(int[] symbols) {
    StringBuilder out = new StringBuilder();
    for (int symbol : symbols) {
      out.append(characters.get(symbol - 1));
    }
    return out.toString();
  }
}
