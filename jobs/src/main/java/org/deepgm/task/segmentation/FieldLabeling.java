package org.deepgm.task.segmentation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.Image;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.image.LabelSet;
import org.deepgm.segmentation.Decoding;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.TiledSegmenter;
import org.deepgm.segmentation.Views;
import org.deepgm.task.Format;
import org.deepgm.task.Labeler;
import org.deepgm.task.Labeling;

/**
 * How a field labels images.
 *
 * @param model the field
 * @param options what is wanted
 */
record FieldLabeling(SegmentationModel model, Options options)
    implements Labeling<Example, FieldScores> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Larger images do not go into a report. */
  private static final int MOST_PIXELS = 2_000_000;

  /**
   * What is wanted of an image. The names are those in the marks of finished chunks.
   *
   * @param parquet masks as rows of Parquet instead of PNG files
   * @param overlay a picture of the labels over the image
   * @param marginals indices of the labels whose marginals are written as gray pictures
   * @param entropy the entropy of every pixel as a gray picture, white is ln L
   * @param weights factor of each class in decoding, or null
   * @param decode how labels are read off
   * @param tile side of the tiles in which large images are labelled, pixels; 0 cuts none
   * @param halo margin around a tile, pixels
   * @param views labelled beside each image; null for none
   */
  record Options(
      boolean parquet,
      boolean overlay,
      List<Integer> marginals,
      boolean entropy,
      double[] weights,
      Decoding decode,
      int tile,
      int halo,
      @JsonInclude(JsonInclude.Include.NON_NULL) Views views)
      implements Serializable {
    /** The labels alone, by the largest marginals of whole images, times these factors or null. */
    static Options whole(double[] weights) {
      return new Options(false, false, List.of(), false, weights, Decoding.MARGINAL, 0, 0, null);
    }
  }

  @Override
  public FieldScores scores() {
    return new FieldScores(model.labels(), false);
  }

  @Override
  public String identity() {
    try {
      return MAPPER.writeValueAsString(options);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Labeler<Example, FieldScores> labeler() {
    return new FieldLabeler(model, options, -1, false);
  }

  /** The same that also scores, bracketing the true loss with so many sweeps; 0 does not. */
  Labeling<Example, FieldScores> scoring(int bracketSweeps) {
    return new Scoring(this, bracketSweeps);
  }

  private record Scoring(FieldLabeling as, int bracketSweeps)
      implements Labeling<Example, FieldScores> {
    @Override
    public Labeler<Example, FieldScores> labeler() {
      return new FieldLabeler(as.model, as.options, bracketSweeps, false);
    }

    @Override
    public Labeler<Example, FieldScores> showing() {
      return new FieldLabeler(as.model, as.options, 0, true);
    }

    @Override
    public FieldScores scores() {
      return as.scores();
    }

    @Override
    public String identity() {
      return as.identity();
    }
  }

  private static final class FieldLabeler implements Labeler<Example, FieldScores> {
    private final SegmentationModel model;
    private final LabelSet labels;
    private final Options options;
    private final int bracketSweeps;
    private final boolean shown;
    private final TiledSegmenter segmenter;
    private Example example;
    private TiledSegmenter.Result result;

    /**
     * One for a thread.
     *
     * @param bracketSweeps below 0: nothing is scored
     */
    FieldLabeler(SegmentationModel model, Options options, int bracketSweeps, boolean shown) {
      this.model = model;
      this.options = options;
      this.bracketSweeps = bracketSweeps;
      this.shown = shown;
      labels = model.labels();
      Views views = options.views() == null ? Views.NONE : options.views();
      segmenter = new TiledSegmenter(model, options.tile(), options.halo(), views);
    }

    @Override
    public void label(Example record) {
      example = record;
      String id = record.id();
      int expected = model.spec().channels();
      int found = record.image().channels();
      if (found != expected) {
        throw new RecordException(
            Kind.CHANNEL_MISMATCH,
            id
                + ": expected "
                + expected
                + " channels as in training, found "
                + found
                + (expected == 3 ? "; --channels rgb converts to three" : ""));
      }
      if (segmenter.tooLarge(record.image())) {
        throw new RecordException(
            Kind.TOO_LARGE,
            id
                + ": expected an image that predict.tile does not cut, since layers of this model"
                + " normalise or pool over the whole of it; found one of "
                + record.image().pixels()
                + " pixels");
      }
      if (options.decode() != Decoding.MARGINAL && !segmenter.whole(record.image())) {
        throw new RecordException(
            Kind.TOO_LARGE,
            id
                + ": expected an image that is labelled whole for predict.decode = "
                + options.decode().key()
                + ", found one of "
                + record.image().pixels()
                + " pixels, which predict.tile cuts; marginal and weighted work in tiles");
      }
      try {
        result =
            segmenter.label(
                record.image(),
                new TiledSegmenter.Request(
                    options.decode(),
                    options.weights(),
                    options.marginals(),
                    options.entropy() || shown,
                    shown,
                    bracketSweeps >= 0
                        ? new TiledSegmenter.Scoring(
                            record.labels(), FieldScores.BAND, bracketSweeps)
                        : null));
      } catch (IllegalArgumentException | InputException e) {
        // An exact engine has no room for it, or for a view of it.
        throw new RecordException(Kind.TOO_LARGE, id + ": " + e.getMessage(), e);
      } catch (OutOfMemoryError e) {
        // The planes of this image are free again; the next one may fit.
        String message = id + ": not enough memory to label it (" + e.getMessage() + ")";
        throw new RecordException(Kind.TOO_LARGE, message, e);
      }
    }

    @Override
    public List<Output> files(Format format) {
      List<Output> out = new ArrayList<>();
      String id = example.id();
      LabelMap map = result.labels();
      if (options.overlay()) {
        byte[] picture = ImageEncoder.overlay(example.image(), map, labels, 0.5);
        out.add(new Output("overlay/" + id + ".png", picture));
      }
      for (int i = 0; i < options.marginals().size(); i++) {
        LabelSet.LabelClass label = labels.classes().get(options.marginals().get(i));
        String name = label.id() + "-" + label.name().replaceAll("[^\\w-]", "_");
        byte[] picture = ImageEncoder.gray(result.marginals().get(i), map.height(), map.width());
        out.add(new Output("marginal/" + name + "/" + id + ".png", picture));
      }
      if (options.entropy()) {
        byte[] picture = ImageEncoder.gray(entropy(), map.height(), map.width());
        out.add(new Output("entropy/" + id + ".png", picture));
      }
      if (!options.parquet()) {
        out.add(new Output(id + ".png", ImageEncoder.mask(map, labels)));
      }
      return out;
    }

    /** Of every pixel, 1 is ln L. */
    private float[] entropy() {
      float[] entropy = result.entropy().clone();
      float most = (float) StrictMath.log(Math.max(2, labels.size()));
      for (int i = 0; i < entropy.length; i++) {
        entropy[i] /= most;
      }
      return entropy;
    }

    @Override
    public Object[] cells() {
      LabelMap map = result.labels();
      return new Object[] {example.id(), map.height(), map.width(), labels.bits(), labels.ids(map)};
    }

    @Override
    public void score(FieldScores scores) {
      scores.evaluation().merge(result.scores());
    }

    @Override
    public double quality() {
      return example.image().pixels() > MOST_PIXELS || example.labels().labelled() == 0
          ? Double.NaN
          : result.scores().field().matrix().pixelAccuracy();
    }

    @Override
    public void show(ObjectNode node) {
      node.put("accuracy", quality());
      Thinned thinned = new Thinned(example.image().height(), example.image().width());
      Image small = thinned.image(example.image());
      node.put("picture", png(ImageEncoder.image(small)));
      node.put("gold", colors(small, thinned.labels(example.labels())));
      node.put("nodes", colors(small, thinned.labels(result.nodes())));
      node.put("field", colors(small, thinned.labels(result.labels())));
      float[] unsure = thinned.values(entropy());
      node.put("entropy", png(ImageEncoder.gray(unsure, small.height(), small.width())));
    }

    private String colors(Image image, LabelMap map) {
      return png(ImageEncoder.overlay(image, map, labels, 1));
    }

    private static String png(byte[] bytes) {
      return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes);
    }
  }
}
