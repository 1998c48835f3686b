package org.deepgm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.deepgm.ctc.CtcScores;
import org.deepgm.fault.InputException;
import org.deepgm.parsing.Parser;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.transcription.Transcriber;
import org.deepgm.transcription.TranscriptionModel;
import org.deepgm.transcription.Utterance;
import org.junit.jupiter.api.Test;

/** Model files that were written once must load for ever, and give what they gave. */
class GoldenModelsTest {
  private static ModelFiles.Source resource(String folder) {
    return name -> {
      try (var in = GoldenModelsTest.class.getResourceAsStream("/" + folder + "/" + name)) {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  @Test
  void aTaggerOfVersionOneLabelsAsItDid() {
    TaggingModel model = TaggingModel.decode(resource("tagging-v1"), "tagging-v1");
    TaggingFormat.Sequence sequence = model.format().read("s", "the\ncat\nran\n", false);
    assertArrayEquals(new String[] {"B", "I", "O"}, model.tagger().label(sequence.features()));
    assertArrayEquals(
        resource("tagging-v1").read(ModelFiles.PARAMETERS),
        model.encode().get(ModelFiles.PARAMETERS));
  }

  @Test
  void aTranscriberOfVersionOneScoresAsItDid() {
    TranscriptionModel model =
        TranscriptionModel.decode(resource("transcription-v1"), "transcription-v1");
    assertEquals("[ , a, b]", model.symbols().characters().toString());
    Transcriber transcriber = model.transcriber();
    float[] frames = new float[13 * 20];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = (i * 7 % 11) - 5;
    }
    CtcScores scores = transcriber.scores(new Utterance("u", 13, frames, null));
    assertEquals(10, scores.frames(), "two frames to one");
    double loss = transcriber.loss(scores, model.symbols().encode("ab", "u"));
    assertEquals(8.029064004175542, loss);
    double sum = 0;
    for (int i = 0; i < 10 * scores.symbols(); i++) {
      sum += scores.scores()[i] * (i + 1);
    }
    assertEquals(9.422727267607115, sum);
    assertEquals("baabbab", transcriber.bestPath(scores));
  }

  @Test
  void aParserOfVersionOneParsesAsItDid() {
    ParsingModel model = ParsingModel.decode(resource("parsing-v1"), "parsing-v1");
    String[] words = {"the", "dog", "saw", "it", "."};
    assertEquals(
        "(TOP (S (NP (DT the) (NN dog)) (VP (VB saw) (NP (PRP it))) (. .)))",
        model.parser().parse(words, Parser.Decoding.BEST).toString());
    assertEquals(
        "(TOP (NP (NNP Rex)))",
        model.parser().parse(new String[] {"Rex"}, Parser.Decoding.LEAST_RISK).toString());
    assertArrayEquals(
        resource("parsing-v1").read(ModelFiles.DESCRIPTION),
        model.encode().get(ModelFiles.DESCRIPTION));
  }

  @Test
  void aModelOfAnotherTaskIsRefused() {
    assertThrows(
        InputException.class, () -> TaggingModel.decode(resource("transcription-v1"), "x"));
    assertThrows(
        InputException.class, () -> TranscriptionModel.decode(resource("tagging-v1"), "x"));
  }
}
