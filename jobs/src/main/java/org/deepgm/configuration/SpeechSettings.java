package org.deepgm.configuration;

import static org.deepgm.configuration.Settings.checked;
import static org.deepgm.configuration.Settings.constant;

import java.util.ArrayList;
import java.util.List;
import org.deepgm.dataset.Storage;
import org.deepgm.dataset.TranscriptionData;
import org.deepgm.fault.InputException;
import org.deepgm.prediction.TranscriptionJob;
import org.deepgm.text.Blanks;
import org.deepgm.transcription.FrameAugmentation;
import org.deepgm.transcription.FrameSource;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.TranscriptionSpec;

/**
 * The options of a transcriber: the section {@code transcription}.
 *
 * @param keys all of them
 * @param common those of every task
 */
public record SpeechSettings(Keys keys, Settings common) {
  /** How tables of utterances are read. */
  public TranscriptionData.Format format() {
    return checked(
        () ->
            new TranscriptionData.Format(
                keys.text("transcription.path"),
                keys.text("transcription.text"),
                keys.text("transcription.gap"),
                keys.text("transcription.normalize-by"),
                new FrameSource(
                    constant(
                        FrameSource.Kind.class,
                        keys.choice("transcription.format", "cepstra", "wav")),
                    keys.integer("transcription.sample-rate"),
                    keys.integer("transcription.bands"),
                    keys.integer("transcription.channel"),
                    keys.flag("transcription.resample")),
                maxFrames(),
                common.encoding(),
                keys.flag("transcription.allow-elsewhere")));
  }

  /** How a table is read, to be kept with a model: a key of the section as it was written. */
  public String written(String key) {
    return keys.shownText("transcription." + key);
  }

  private int maxFrames() {
    int frames = keys.integer("transcription.max-frames");
    if (frames < 1 || frames > 1_000_000) {
      throw new InputException("Expected transcription.max-frames in 1..1000000, found " + frames);
    }
    return frames;
  }

  /** The phones of the dictionary, or null if symbols are characters. */
  public SymbolSet phones(Storage storage) {
    String path = keys.text("transcription.dictionary");
    return path.isEmpty()
        ? null
        : SymbolSet.ofDictionary(common.encoding().decode(storage.read(path), path), path);
  }

  /** The shape of a transcriber of so many symbols. */
  public TranscriptionSpec spec(int symbols) {
    return checked(
        () -> {
          TranscriptionSpec spec =
              new TranscriptionSpec(
                  symbols,
                  format().source(),
                  keys.flag("transcription.deltas"),
                  keys.integer("transcription.stride"),
                  common.layers("transcription.layers"));
          spec.layOut();
          return spec;
        });
  }

  /** Views of utterances. */
  public FrameAugmentation augmentation() {
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
  public TranscriptionJob.Decoding decoding(Storage storage) {
    int width = keys.integer("transcription.beam");
    String lexicon = keys.text("transcription.lexicon");
    if (width < 0 || width > 100_000) {
      throw new InputException("Expected transcription.beam in 0..100000, found " + width);
    }
    if (!lexicon.isEmpty() && width == 0) {
      throw new InputException(
          "Expected transcription.beam above 0 with transcription.lexicon, found 0");
    }
    return new TranscriptionJob.Decoding(
        width,
        lexicon.isEmpty() ? null : texts(storage, lexicon, keys.text("transcription.text")),
        keys.number("transcription.word-weight"),
        keys.number("transcription.word-bonus"));
  }

  /** The texts of a file: a text a line, or a column of a table. */
  private List<String> texts(Storage storage, String path, String name) {
    List<String> lines =
        common
            .encoding()
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
