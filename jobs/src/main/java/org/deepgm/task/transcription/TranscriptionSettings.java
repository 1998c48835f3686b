package org.deepgm.task.transcription;

import static org.deepgm.configuration.Settings.checked;
import static org.deepgm.configuration.Settings.constant;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.configuration.Key;
import org.deepgm.configuration.Settings;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.InputException;
import org.deepgm.text.Blanks;
import org.deepgm.transcription.FrameAugmentation;
import org.deepgm.transcription.FrameSource;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.TranscriptionSpec;

/**
 * The options of a transcriber: the section {@code transcription}.
 *
 * @param keys all of them
 */
record TranscriptionSettings(Settings keys) {
  static final List<Key> KEYS =
      List.of(
          Key.choice("transcription.format", "cepstra", "wav"),
          Key.whole("transcription.sample-rate", 1, 1 << 20),
          Key.whole("transcription.bands", 1, 1 << 10),
          Key.whole("transcription.channel", 0, 1 << 10),
          Key.flag("transcription.resample"),
          Key.text("transcription.path").ofApplication(),
          Key.flag("transcription.allow-elsewhere"),
          Key.text("transcription.text").ofApplication(),
          Key.text("transcription.gap").ofApplication(),
          Key.whole("transcription.max-frames", 1, 1_000_000).ofApplication(),
          Key.text("transcription.normalize-by"),
          Key.text("transcription.dictionary"),
          Key.flag("transcription.deltas"),
          Key.whole("transcription.stride", 1, 1 << 10),
          Key.layers("transcription.layers"),
          Key.number("transcription.augment.tempo", 0, 1),
          Key.whole("transcription.augment.time-masks", 0, 1 << 10),
          Key.whole("transcription.augment.time-mask", 0, 1 << 20),
          Key.whole("transcription.augment.channel-masks", 0, 1 << 10),
          Key.whole("transcription.augment.channel-mask", 0, 1 << 20),
          Key.number("transcription.augment.warp", 0, 1),
          Key.number("transcription.augment.noise", 0, 1e6),
          Key.number("transcription.augment.dropout", 0, 1),
          Key.whole("transcription.beam", 0, 100_000).ofApplication(),
          Key.text("transcription.lexicon").ofApplication(),
          Key.number("transcription.word-weight", -1e6, 1e6).ofApplication(),
          Key.number("transcription.word-bonus", -1e6, 1e6).ofApplication());

  /** How tables of utterances are read. */
  UtteranceTable.Format format() {
    return checked(
        () ->
            new UtteranceTable.Format(
                keys.text("transcription.path"),
                keys.text("transcription.text"),
                keys.text("transcription.gap"),
                keys.text("transcription.normalize-by"),
                new FrameSource(
                    constant(FrameSource.Kind.class, keys.text("transcription.format")),
                    keys.integer("transcription.sample-rate"),
                    keys.integer("transcription.bands"),
                    keys.integer("transcription.channel"),
                    keys.flag("transcription.resample")),
                keys.integer("transcription.max-frames"),
                keys.encoding(),
                keys.flag("transcription.allow-elsewhere")));
  }

  /** The phones of the dictionary, or null if symbols are characters. */
  SymbolSet phones(Storage storage) {
    String path = keys.text("transcription.dictionary");
    return path.isEmpty()
        ? null
        : SymbolSet.ofDictionary(keys.encoding().decode(storage.read(path), path), path);
  }

  /** The shape of a transcriber of so many symbols. */
  TranscriptionSpec spec(int symbols) {
    return checked(
        () -> {
          TranscriptionSpec spec =
              new TranscriptionSpec(
                  symbols,
                  format().source(),
                  keys.flag("transcription.deltas"),
                  keys.integer("transcription.stride"),
                  keys.layers("transcription.layers"));
          spec.layOut();
          return spec;
        });
  }

  /** Views of utterances. */
  FrameAugmentation augmentation() {
    return checked(
        () ->
            new FrameAugmentation(
                keys.number("transcription.augment.tempo"),
                keys.integer("transcription.augment.time-masks"),
                keys.integer("transcription.augment.time-mask"),
                keys.integer("transcription.augment.channel-masks"),
                keys.integer("transcription.augment.channel-mask"),
                keys.number("transcription.augment.warp"),
                keys.number("transcription.augment.noise"),
                keys.number("transcription.augment.dropout")));
  }

  /** How texts are found. */
  TextSearch search(Storage storage) {
    int width = keys.integer("transcription.beam");
    String lexicon = keys.text("transcription.lexicon");
    if (!lexicon.isEmpty() && width == 0) {
      throw new InputException(
          "Expected transcription.beam above 0 with transcription.lexicon, found 0");
    }
    return new TextSearch(
        width,
        lexicon.isEmpty() ? null : texts(storage, lexicon, keys.text("transcription.text")),
        keys.number("transcription.word-weight"),
        keys.number("transcription.word-bonus"));
  }

  /** The texts of a file: a text a line, or a column of a table. */
  private List<String> texts(Storage storage, String path, String name) {
    List<String> lines =
        keys.encoding()
            .decode(storage.read(path), path)
            .lines()
            .filter(l -> !Blanks.only(l))
            .toList();
    int column = lines.isEmpty() ? -1 : List.of(lines.get(0).split("\t")).indexOf(name);
    List<String> texts = new ArrayList<>();
    for (int i = column < 0 ? 0 : 1; i < lines.size(); i++) {
      String[] fields = column < 0 ? null : lines.get(i).split("\t", -1);
      if (fields != null && fields.length <= column) {
        throw new InputException(
            path + ", row " + (i + 1) + ": expected a column " + name + ", found too few");
      }
      texts.add(Blanks.strip(fields == null ? lines.get(i) : fields[column]));
    }
    if (texts.isEmpty()) {
      throw new InputException(path + ": expected texts, found none");
    }
    return texts;
  }
}
