package org.deepgm.segmentation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deepgm.field.grid.InferenceOptions.Schedule;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;

/**
 * Labels images of any size: large ones in tiles, each inferred with a margin (halo) around it.
 *
 * <p>Position features and the mean contrast are those of the whole image. With a fixed number of
 * sweeps (tolerance 0) and a halo of at least {@link #exactHalo}, the labels are those of the
 * untiled image; with less, pixels near the seams may differ. Memory: the planes of one tile with
 * its halo, and what is asked for of the whole image. One instance a thread.
 */
public final class TiledSegmenter {
  /** Images of no more than so many tiles' pixels are labelled whole. */
  private static final int WHOLE = 2;

  private final SegmentationModel model;
  private final int side;
  private final int halo;
  private final Views views;
  private final Segmenter[] segmenters = new Segmenter[Schedule.values().length];

  /**
   * What is wanted.
   *
   * @param decoding how labels are read off; in tiles by marginals only
   * @param weights factor of each class in decoding, [L]; null weighs all alike
   * @param marginals labels whose marginals are wanted
   * @param entropy whether the entropy of every pixel is wanted
   * @param nodes whether the labels of the node scores alone are wanted
   * @param scoring what the labels are compared with, or null
   */
  public record Request(
      Decoding decoding,
      double[] weights,
      List<Integer> marginals,
      boolean entropy,
      boolean nodes,
      Scoring scoring) {}

  /**
   * What labels are compared with.
   *
   * @param gold the gold labels
   * @param band radius of the boundary band, pixels
   * @param bracketSweeps sweeps to bracket the true loss of a whole image with; 0 does not
   */
  public record Scoring(LabelMap gold, int band, int bracketSweeps) {}

  /**
   * What was found.
   *
   * @param labels the labels
   * @param marginals of the labels asked for, [H * W] each
   * @param entropy nats, [H * W], or null
   * @param nodes labels of the node scores alone, or null
   * @param scores of this image, or null; an image in tiles has no loss of its field
   */
  public record Result(
      LabelMap labels,
      List<float[]> marginals,
      float[] entropy,
      LabelMap nodes,
      Evaluation scores) {}

  /**
   * A segmenter.
   *
   * @param side of the tiles, pixels; 0 labels every image whole
   * @param halo margin around a tile, pixels
   */
  public TiledSegmenter(SegmentationModel model, int side, int halo) {
    this(model, side, halo, Views.NONE);
  }

  /**
   * A segmenter that averages the marginals of several views.
   *
   * @param side of the tiles, pixels; 0 labels every image whole
   * @param halo margin around a tile, pixels
   * @param views beside each image; labels are read off by marginals then
   */
  public TiledSegmenter(SegmentationModel model, int side, int halo, Views views) {
    this.model = model;
    this.side = side;
    this.halo = halo;
    this.views = views;
  }

  /** The halo from which on tiles change nothing; -1 where the engine knows no such. */
  public static int exactHalo(SegmentationSpec spec, int width) {
    return spec.influence(width);
  }

  /** Whether images of so many pixels are cut into tiles of this side; 0 cuts none. */
  public static boolean cuts(int side, long pixels) {
    return side > 0 && pixels > (long) WHOLE * side * side;
  }

  /** Whether an image is labelled whole. */
  public boolean whole(Image image) {
    return !cuts(side, views.most(image)) || exactHalo(model.spec(), image.width()) < 0;
  }

  /** Whether an image would be cut though a layer needs the whole of it. */
  public boolean tooLarge(Image image) {
    return !whole(image) && model.spec().architecture().needsWhole();
  }

  /**
   * Labels an image.
   *
   * @throws IllegalArgumentException if it is cut and is not decoded by marginals, or if a layer
   *     needs the whole of it
   */
  public Result label(Image image, Request request) {
    if (tooLarge(image)) {
      throw new IllegalArgumentException(
          "expected an image of at most "
              + WHOLE * side * side
              + " pixels, since a layer that normalises or pools needs the whole of it, found one of "
              + image.pixels()
              + "; predict.tile is the limit");
    }
    boolean whole = whole(image);
    if (!whole && request.decoding() != Decoding.MARGINAL) {
      throw new IllegalArgumentException(
          "expected an image that is labelled whole for decoding by "
              + request.decoding().key()
              + ", found one that tiles cut");
    }
    SegmentationSpec spec = model.spec();
    if (!spec.offsets().isEmpty()) {
      // Tiles are narrower than the image: what AUTO takes for it holds for them.
      spec = spec.with(spec.inference().resolved(spec.offsets(), image.width()));
    }
    Segmenter segmenter = segmenter(spec);
    List<float[]> marginals = new ArrayList<>();
    for (int i = 0; i < request.marginals().size(); i++) {
      marginals.add(new float[image.pixels()]);
    }
    Scoring scoring = request.scoring();
    Result result =
        new Result(
            blank(image),
            marginals,
            request.entropy() ? new float[image.pixels()] : null,
            request.nodes() || scoring != null ? blank(image) : null,
            scoring == null ? null : Evaluation.empty(spec.labels()));
    boolean[] near = scoring == null ? null : BoundaryBand.of(scoring.gold(), scoring.band());
    double[] means = whole ? null : segmenter.contrastMeans(image);
    int unit = unit(spec, image.width());
    List<Views.View> beside = views.of(image);
    List<double[]> contrasts = new ArrayList<>();
    for (Views.View view : beside) {
      contrasts.add(
          whole ? null : segmenter.contrastMeans(view.piece(0, 0, view.height(), view.width())));
    }
    for (Tile tile : tiles(image, unit)) {
      float[] others =
          beside.isEmpty() ? null : others(segmenter, beside, contrasts, tile, unit, whole);
      label(segmenter, image, tile, means, request, near, result, others, beside.size());
    }
    if (scoring != null) {
      result.scores().field().addImage(scoring.gold(), result.labels());
      result.scores().nodes().addImage(scoring.gold(), result.nodes());
      result.scores().images()[0] = 1;
      result.scores().images()[1] = whole ? 0 : 1;
    }
    return result;
  }

  private static LabelMap blank(Image image) {
    return new LabelMap(image.height(), image.width(), new byte[image.pixels()]);
  }

  private Segmenter segmenter(SegmentationSpec spec) {
    int slot = spec.inference().schedule().ordinal();
    if (segmenters[slot] == null) {
      segmenters[slot] = new Segmenter(spec, model.tables(), model.parameters());
    }
    return segmenters[slot];
  }

  /** A rectangle to label, and where the piece that is inferred for it begins and ends. */
  private record Tile(
      int top, int left, int bottom, int right, int above, int before, int below, int behind) {}

  /** Tiles and pieces begin at multiples of it: pixels keep their colours and strides. */
  private static int unit(SegmentationSpec spec, int width) {
    int colors = spec.inference().colors(spec.offsets(), width);
    int stride = spec.architecture().stride();
    int unit = colors;
    while (unit % stride != 0) {
      unit += colors;
    }
    return unit;
  }

  private List<Tile> tiles(Image image, int unit) {
    int height = image.height();
    int width = image.width();
    if (whole(image)) {
      return List.of(new Tile(0, 0, height, width, 0, 0, height, width));
    }
    int step = roundUp(side, unit);
    int margin = roundUp(halo, unit);
    List<Tile> tiles = new ArrayList<>();
    for (int top = 0; top < height; top += step) {
      for (int left = 0; left < width; left += step) {
        int bottom = Math.min(top + step, height);
        int right = Math.min(left + step, width);
        tiles.add(
            new Tile(
                top,
                left,
                bottom,
                right,
                Math.max(0, top - margin),
                Math.max(0, left - margin),
                Math.min(height, bottom + margin),
                Math.min(width, right + margin)));
      }
    }
    return tiles;
  }

  private static int roundUp(int n, int unit) {
    return (n + unit - 1) / unit * unit;
  }

  /** Marginals of a tile's pixels in other views, added up, [L, rows, columns]. */
  private float[] others(
      Segmenter segmenter,
      List<Views.View> beside,
      List<double[]> contrasts,
      Tile tile,
      int unit,
      boolean whole) {
    int rows = tile.bottom - tile.top;
    int columns = tile.right - tile.left;
    long floats = (long) model.spec().labels() * rows * columns;
    if (floats > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException(
          "expected tiles or an image whose marginals fit one array, found " + floats + " of them");
    }
    float[] sums = new float[(int) floats];
    for (int v = 0; v < beside.size(); v++) {
      Views.View view = beside.get(v);
      double y0 = view.row(tile.top, tile.left);
      double y1 = view.row(tile.bottom - 1, tile.right - 1);
      double x0 = view.column(tile.top, tile.left);
      double x1 = view.column(tile.bottom - 1, tile.right - 1);
      int margin = whole ? Math.max(view.height(), view.width()) : halo + 1;
      int above = down((int) Math.floor(Math.min(y0, y1)) - margin, unit);
      int before = down((int) Math.floor(Math.min(x0, x1)) - margin, unit);
      int below = Math.min(view.height(), (int) Math.max(y0, y1) + 2 + margin);
      int behind = Math.min(view.width(), (int) Math.max(x0, x1) + 2 + margin);
      Image piece = view.piece(above, before, below - above, behind - before);
      segmenter.infer(
          piece, new Window(above, before, view.height(), view.width()), contrasts.get(v));
      segmenter.addMarginals(view, tile.top, tile.left, rows, columns, above, before, sums);
    }
    return sums;
  }

  private static int down(int at, int unit) {
    return Math.max(0, at) / unit * unit;
  }

  private static void label(
      Segmenter segmenter,
      Image image,
      Tile tile,
      double[] means,
      Request request,
      boolean[] near,
      Result result,
      float[] others,
      int views) {
    int height = tile.below - tile.above;
    int width = tile.behind - tile.before;
    boolean all = height == image.height() && width == image.width();
    Image piece = all ? image : image.crop(tile.above, tile.before, height, width);
    segmenter.infer(
        piece, new Window(tile.above, tile.before, image.height(), image.width()), means);
    if (others != null) {
      segmenter.average(
          others,
          views,
          tile.top - tile.above,
          tile.left - tile.before,
          tile.bottom - tile.top,
          tile.right - tile.left);
    }
    LabelMap labels = segmenter.decode(request.decoding(), request.weights());
    copy(labels, tile, image, result.labels());
    for (int i = 0; i < request.marginals().size(); i++) {
      copy(segmenter.marginal(request.marginals().get(i)), tile, width, image, result, i);
    }
    if (request.entropy()) {
      copy(segmenter.entropy(), tile, width, image, result, -1);
    }
    if (result.nodes() != null) {
      copy(segmenter.decodeNodes(), tile, image, result.nodes());
    }
    if (request.scoring() != null) {
      score(segmenter, image, tile, labels, request.scoring(), near, result.scores());
    }
  }

  /** Counts the pixels of a tile without its margin. */
  private static void score(
      Segmenter segmenter,
      Image image,
      Tile tile,
      LabelMap labels,
      Scoring scoring,
      boolean[] near,
      Evaluation into) {
    LabelMap gold = scoring.gold();
    boolean whole = labels.labels().length == image.pixels();
    if (!whole) {
      byte[] inside = new byte[labels.labels().length];
      Arrays.fill(inside, (byte) LabelMap.IGNORE);
      boolean[] nearby = new boolean[inside.length];
      for (int y = tile.top; y < tile.bottom; y++) {
        int from = y * image.width() + tile.left;
        int to = (y - tile.above) * labels.width() + tile.left - tile.before;
        System.arraycopy(gold.labels(), from, inside, to, tile.right - tile.left);
        System.arraycopy(near, from, nearby, to, tile.right - tile.left);
      }
      gold = new LabelMap(labels.height(), labels.width(), inside);
      near = nearby;
    }
    segmenter.score(gold, labels, near, whole, scoring.bracketSweeps(), into);
  }

  private static void copy(LabelMap labels, Tile tile, Image image, LabelMap to) {
    for (int y = tile.top; y < tile.bottom; y++) {
      int from = (y - tile.above) * labels.width() + tile.left - tile.before;
      System.arraycopy(
          labels.labels(),
          from,
          to.labels(),
          y * image.width() + tile.left,
          tile.right - tile.left);
    }
  }

  private static void copy(
      float[] values, Tile tile, int width, Image image, Result result, int index) {
    float[] to = index < 0 ? result.entropy() : result.marginals().get(index);
    for (int y = tile.top; y < tile.bottom; y++) {
      int from = (y - tile.above) * width + tile.left - tile.before;
      System.arraycopy(values, from, to, y * image.width() + tile.left, tile.right - tile.left);
    }
  }
}
