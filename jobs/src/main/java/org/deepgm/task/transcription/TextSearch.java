package org.deepgm.task.transcription;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.ctc.Lexicon;
import org.deepgm.ctc.PrefixBeamSearch;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.transcription.SymbolSet;

/**
 * How texts are found.
 *
 * @param width of the beam; 0 takes the best path
 * @param texts whose words and pairs of words are known, or null for any text
 * @param weight of the words' scores
 * @param bonus nats a word
 */
record TextSearch(int width, List<String> texts, double weight, double bonus)
    implements Serializable {
  /** The best path. */
  static final TextSearch BEST_PATH = new TextSearch(0, null, 0, 0);

  /**
   * Looks whether the model can spell the words that alone are found.
   *
   * @return what to say of texts that it cannot, or null
   * @throws InputException if it can spell none
   */
  String check(SymbolSet symbols) {
    if (texts == null) {
      return null;
    }
    List<String> faults = new ArrayList<>();
    for (String text : texts) {
      try {
        symbols.encode(text, "\"" + text + "\"");
      } catch (RecordException e) {
        faults.add(e.getMessage());
      }
    }
    if (faults.size() == texts.size()) {
      throw new InputException(
          "transcription.lexicon: expected words that the model can spell, found none; the first: "
              + faults.get(0));
    }
    return faults.isEmpty()
        ? null
        : "transcription.lexicon: the model cannot spell "
            + faults.size()
            + " of "
            + texts.size()
            + " texts, which are not found; the first: "
            + faults.get(0);
  }

  /** A search for one thread; null takes the best path. */
  PrefixBeamSearch beam(SymbolSet symbols) {
    if (width == 0) {
      return null;
    }
    Lexicon lexicon = null;
    if (texts != null) {
      List<int[]> known = new ArrayList<>();
      for (String text : texts) {
        try {
          known.add(symbols.encode(text, "lexicon"));
        } catch (RecordException e) {
          // What the model has no symbols for it cannot find.
          continue;
        }
      }
      lexicon = new Lexicon(known, symbols.symbol(" "));
    }
    return new PrefixBeamSearch(width, lexicon, weight, bonus);
  }
}
