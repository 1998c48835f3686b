package org.deepgm.transcription;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.text.Blanks;

/**
 * The symbols of transcriptions: characters, or phones by a dictionary of pronunciations. Symbol 0
 * is the blank of CTC, name i is symbol i + 1. Words are parted by the name of one blank.
 *
 * @param characters names of the symbols, ascending; without a dictionary one code point each
 * @param pronunciations phones of each word, blanks between them, its pronunciations one after the
 *     other, of which texts take the first; null where symbols are characters
 */
public record SymbolSet(
    List<String> characters,
    @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, List<String>> pronunciations)
    implements Serializable {
  /** Index of the blank. */
  public static final int BLANK = 0;

  private static final String SEPARATOR = " ";

  /** Keeps the symbols. */
  public SymbolSet {
    characters = List.copyOf(characters);
    // Ordered, so that a model's file does not depend on chance.
    pronunciations = pronunciations == null ? null : new TreeMap<>(pronunciations);
  }

  /** Characters. */
  public SymbolSet(List<String> characters) {
    this(characters, null);
  }

  /** The characters that occur in texts. */
  public static SymbolSet of(Iterable<String> texts) {
    TreeSet<String> all = new TreeSet<>();
    for (String text : texts) {
      text.codePoints().mapToObj(Character::toString).forEach(all::add);
    }
    return new SymbolSet(List.copyOf(all));
  }

  /**
   * The phones of a dictionary: a word a line, blanks, its phones; a second pronunciation is marked
   * {@code WORD(2)}. What follows a {@code #} or {@code ;;;} that begins a word is a comment. Where
   * every word is followed by a number, as in NLTK's copy of CMUdict, that counts its
   * pronunciations and is no phone.
   *
   * @param place how messages name it
   */
  public static SymbolSet ofDictionary(String text, String place) {
    Map<String, List<String>> words = new TreeMap<>();
    TreeSet<String> phones = new TreeSet<>();
    phones.add(SEPARATOR);
    List<String[]> lines =
        text.lines().map(l -> Blanks.split(l.replaceAll("(^|[ \t])(#|;;;).*", ""))).toList();
    boolean counted =
        lines.stream().allMatch(l -> l.length == 0 || l.length > 2 && l[1].matches("\\d+"));
    int number = 0;
    for (String[] parts : lines) {
      number++;
      if (parts.length == 0) {
        continue;
      }
      if (parts.length < 2) {
        throw new InputException(
            place + ", line " + number + ": expected a word and its phones, found " + parts[0]);
      }
      List<String> of = Arrays.asList(parts).subList(counted ? 2 : 1, parts.length);
      phones.addAll(of);
      words
          .computeIfAbsent(parts[0].replaceAll("\\(\\d+\\)$", ""), w -> new ArrayList<>())
          .add(String.join(SEPARATOR, of));
    }
    if (words.isEmpty()) {
      throw new InputException(place + ": expected words with their phones, found none");
    }
    return new SymbolSet(List.copyOf(phones), words);
  }

  /** Symbols, with the blank. */
  public int size() {
    return characters.size() + 1;
  }

  /**
   * The symbols of a text.
   *
   * @throws RecordException with a character, or a word, that there is none for
   */
  public int[] encode(String text, String place) {
    if (pronunciations == null) {
      return text.codePoints().map(c -> index(Character.toString(c), place)).toArray();
    }
    List<Integer> out = new ArrayList<>();
    for (String word : Blanks.split(text)) {
      if (!pronunciations.containsKey(word)) {
        throw new RecordException(
            Kind.UNKNOWN_LABEL,
            place + ": expected words of the dictionary, found \"" + word + "\"");
      }
      if (!out.isEmpty()) {
        out.add(index(SEPARATOR, place));
      }
      for (String phone : pronunciations.get(word).get(0).split(SEPARATOR)) {
        out.add(index(phone, place));
      }
    }
    return out.stream().mapToInt(Integer::intValue).toArray();
  }

  private int index(String name, String place) {
    int at = characters.indexOf(name);
    if (at < 0) {
      throw new RecordException(
          Kind.UNKNOWN_LABEL,
          place
              + ": expected the characters \""
              + characters.stream().collect(Collectors.joining())
              + "\", found \""
              + name
              + "\"");
    }
    return at + 1;
  }

  /** The symbol of a name, or -1. */
  public int symbol(String name) {
    int at = characters.indexOf(name);
    return at < 0 ? -1 : at + 1;
  }

  /**
   * The text of symbols without blanks. Phones that are no word's are written in brackets, {@code
   * [W AH]}.
   */
  public String decode(int[] symbols) {
    StringBuilder out = new StringBuilder();
    if (pronunciations == null) {
      for (int symbol : symbols) {
        out.append(characters.get(symbol - 1));
      }
      return out.toString();
    }
    List<String> phones = new ArrayList<>();
    for (int i = 0; i <= symbols.length; i++) {
      String name = i < symbols.length ? characters.get(symbols[i] - 1) : SEPARATOR;
      if (!name.equals(SEPARATOR)) {
        phones.add(name);
      } else if (!phones.isEmpty()) {
        out.append(out.isEmpty() ? "" : SEPARATOR).append(word(String.join(SEPARATOR, phones)));
        phones.clear();
      }
    }
    return out.toString();
  }

  /** The word of phones, the first if several sound alike. */
  private String word(String phones) {
    for (Map.Entry<String, List<String>> entry : pronunciations.entrySet()) {
      if (entry.getValue().contains(phones)) {
        return entry.getKey();
      }
    }
    return "[" + phones + "]";
  }
}
