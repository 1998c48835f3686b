package org.deepgm.transcription;

import org.deepgm.ctc.Ctc;
import org.deepgm.ctc.CtcScores;
import org.deepgm.ctc.PrefixBeamSearch;
import org.deepgm.math.Kernels;
import org.deepgm.structure.Likelihood;

/** Transcribes utterances with a trained model, without Spark. One instance a thread. */
public final class Transcriber {
  private final TranscriptionModel model;
  private final TranscriptionScorer scorer;
  private final Ctc ctc = new Ctc();
  private final Likelihood<CtcScores, double[], int[]> likelihood = ctc.likelihood();

  Transcriber(TranscriptionModel model) {
    this.model = model;
    scorer = new TranscriptionScorer(model.spec(), Kernels.best());
    scorer.load(model.parameters());
  }

  /** The scores of the symbols; valid until the next call. */
  public CtcScores scores(Utterance utterance) {
    return scorer.forward(utterance, null, null);
  }

  /** The text of the best path. */
  public String bestPath(CtcScores scores) {
    return model.symbols().decode(ctc.argmax(scores));
  }

  /** The text that a beam search finds; empty where its words allow nothing. */
  public String search(CtcScores scores, PrefixBeamSearch beam) {
    PrefixBeamSearch.Found found = beam.search(scores);
    return found == null ? "" : model.symbols().decode(found.transcription());
  }

  /** -ln P of a text, nats; infinite where it does not fit the frames. */
  public double loss(CtcScores scores, int[] text) {
    return likelihood.nats(scores, text);
  }
}
