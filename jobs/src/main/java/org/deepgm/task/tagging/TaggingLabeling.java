package org.deepgm.task.tagging;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.deepgm.tagging.ChunkScheme;
import org.deepgm.tagging.Tagger;
import org.deepgm.tagging.TaggingFormat.Sequence;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;

/**
 * How a tagger labels: by the best labelling.
 *
 * @param model the tagger
 * @param chunks how labels mark chunks; null lets the labels decide
 */
record TaggingLabeling(TaggingModel model, ChunkScheme chunks)
    implements Labeling<Sequence, SequenceScores> {
  /** Longer sequences do not fit a page. */
  private static final int MOST_TOKENS = 60;

  @Override
  public SequenceScores scores() {
    return new SequenceScores(chunks, model.labels());
  }

  @Override
  public String identity() {
    return "best";
  }

  @Override
  public Labeler<Sequence, SequenceScores> labeler() {
    Tagger tagger = model.tagger();
    return new Labeler<>() {
      private Sequence sequence;
      private String[] found;

      @Override
      public void label(Sequence record) {
        sequence = record;
        found = tagger.label(record.features());
      }

      @Override
      public String text() {
        StringBuilder out = new StringBuilder();
        for (int t = 0; t < found.length; t++) {
          out.append(sequence.lines()[t]).append(' ').append(found[t]).append('\n');
        }
        return out.append('\n').toString();
      }

      @Override
      public Object[] cells() {
        return new Object[] {sequence.id(), sequence.lines(), found};
      }

      @Override
      public void score(SequenceScores scores) {
        double nats = tagger.loss(sequence.features(), sequence.labels());
        scores.add(sequence.labels(), found, nats);
      }

      private int right() {
        int right = 0;
        for (int t = 0; t < found.length; t++) {
          right += found[t].equals(sequence.labels()[t]) ? 1 : 0;
        }
        return right;
      }

      @Override
      public double quality() {
        return found.length > MOST_TOKENS ? Double.NaN : (double) right() / found.length;
      }

      @Override
      public void show(ObjectNode node) {
        node.put("accuracy", (double) right() / found.length);
        ArrayNode tokens = node.putArray("tokens");
        for (int t = 0; t < found.length; t++) {
          String line = sequence.lines()[t];
          boolean bitmap = line.indexOf(' ') < 0;
          String token = bitmap ? String.valueOf(t + 1) : line.substring(0, line.indexOf(' '));
          tokens.addArray().add(token).add(sequence.labels()[t]).add(found[t]);
        }
      }
    };
  }
}
