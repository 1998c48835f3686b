package org.deepgm.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.deepgm.image.Image;
import org.deepgm.image.ImageDecoder;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.segmentation.TiledSegmenter;

/**
 * Seconds that a model takes to label the images of a folder when they are decoded already, one
 * thread: {@code LabelRate MODEL IMAGES}. For {@code scripts/scaling}.
 */
final class LabelRate {
  private LabelRate() {}

  /** Prints the seconds of the second pass. */
  public static void main(String[] args) throws IOException {
    SegmentationModel model = SegmentationModel.load(Path.of(args[0]));
    ImageDecoder decoder = new ImageDecoder(50_000_000);
    List<Image> images = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(args[1]))) {
      for (Path file : files.sorted().toList()) {
        images.add(decoder.image(Files.readAllBytes(file), file.toString()));
      }
    }
    TiledSegmenter segmenter = new TiledSegmenter(model, 768, 64);
    TiledSegmenter.Request labels =
        new TiledSegmenter.Request(
            org.deepgm.segmentation.Decoding.MARGINAL, null, List.of(), false, false, null);
    for (int pass = 0; pass < 2; pass++) {
      long begin = System.nanoTime();
      for (Image image : images) {
        segmenter.label(image, labels);
      }
      if (pass == 1) {
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf(Locale.ROOT, "%.3f %d%n", seconds, images.size());
      }
    }
  }
}
