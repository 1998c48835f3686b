package org.deepgm.prediction;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.dataset.Storage;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;
import org.deepgm.image.ImageEncoder;
import org.deepgm.image.LabelMap;
import org.deepgm.segmentation.Example;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.Segmenter;
import org.deepgm.segmentation.TiledSegmenter;

/** Labels one image after another and encodes what was asked for. */
final class ImagePredictor {
  /**
   * A file to write.
   *
   * @param path relative to the output
   * @param bytes its content
   */
  record Output(String path, byte[] bytes) implements Serializable {}

  private static final int MAX_PRODUCT_SWEEPS = 50;

  private final SegmentationModel model;
  private final PredictionOptions options;
  private final TiledSegmenter tiled;
  private Segmenter whole;
  private TiledSegmenter.Result result;

  ImagePredictor(SegmentationModel model, PredictionOptions options) {
    this.model = model;
    this.options = options;
    tiled = new TiledSegmenter(model, options.tile(), options.halo());
  }

  /** Labels an image; the methods below then speak of it. */
  LabelMap label(Example example) {
    int expected = model.spec().channels();
    int found = example.image().channels();
    if (found != expected) {
      throw new RecordException(
          Kind.CHANNEL_MISMATCH,
          example.id()
              + ": expected "
              + expected
              + " channels as in training, found "
              + found
              + (expected == 3 ? "; --channels rgb converts to three" : ""));
    }
    boolean search = options.decode() != PredictionOptions.Decode.MARGINAL;
    if (search && !tiled.whole(example.image())) {
      throw new RecordException(
          Kind.TOO_LARGE,
          example.id()
              + ": expected an image that is labelled whole for predict.decode = "
              + options.decode().key()
              + ", found one of "
              + example.image().pixels()
              + " pixels, which predict.tile cuts; marginal and weighted work in tiles");
    }
    try {
      result =
          tiled.label(
              example.image(),
              new TiledSegmenter.Request(
                  options.weights(), options.marginals(), options.entropy()));
      return search ? search(example) : result.labels();
    } catch (IllegalArgumentException e) {
      throw new RecordException(Kind.TOO_LARGE, example.id() + ": " + e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      // The planes of this image are free again; the next one may fit.
      String message = example.id() + ": not enough memory to label it (" + e.getMessage() + ")";
      throw new RecordException(Kind.TOO_LARGE, message, e);
    }
  }

  private LabelMap search(Example example) {
    if (whole == null) {
      whole = model.segmenter();
    }
    whole.infer(example.image());
    return options.decode() == PredictionOptions.Decode.MAP
        ? whole.decodeMap()
        : whole.best(MAX_PRODUCT_SWEEPS).labels();
  }

  /** The mask as a file. */
  Output mask(Example example, LabelMap map) {
    return new Output(example.id() + ".png", ImageEncoder.mask(map, model.labels()));
  }

  /** The pictures that were asked for. */
  List<Output> pictures(Example example, LabelMap map) {
    List<Output> out = new ArrayList<>();
    String id = example.id();
    int height = map.height();
    int width = map.width();
    if (options.overlay()) {
      out.add(
          new Output(
              "overlay/" + id + ".png",
              ImageEncoder.overlay(example.image(), map, model.labels(), 0.5)));
    }
    for (int i = 0; i < options.marginals().size(); i++) {
      int label = options.marginals().get(i);
      int labelId = model.labels().classes().get(label).id();
      String name =
          labelId + "-" + model.labels().classes().get(label).name().replaceAll("[^\\w-]", "_");
      out.add(
          new Output(
              "marginal/" + name + "/" + id + ".png",
              ImageEncoder.gray(result.marginals().get(i), height, width)));
    }
    if (options.entropy()) {
      float[] entropy = result.entropy();
      float most = (float) StrictMath.log(Math.max(2, model.labels().size()));
      for (int i = 0; i < entropy.length; i++) {
        entropy[i] /= most;
      }
      out.add(new Output("entropy/" + id + ".png", ImageEncoder.gray(entropy, height, width)));
    }
    return out;
  }

  static void write(Storage storage, String output, List<Output> files) {
    for (Output file : files) {
      try {
        storage.write(output + "/" + file.path(), file.bytes());
      } catch (Storage.NameException e) {
        throw new RecordException(Kind.BAD_NAME, e.getMessage(), e);
      }
    }
  }
}
