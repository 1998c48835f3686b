package org.deepgm.transcription;

import java.util.Arrays;
import org.deepgm.ctc.CtcScores;
import org.deepgm.math.Kernels;
import org.deepgm.math.PlaneLayout;
import org.deepgm.math.Planes;
import org.deepgm.math.RandomStream;
import org.deepgm.network.Convolution;
import org.deepgm.network.Network;
import org.deepgm.network.ParameterLayout;

/**
 * f_Phi of a transcriber: from the frames of an utterance to the scores of its symbols, and from
 * their gradient to Phi's. Keeps what the backward pass needs; one instance a thread.
 */
final class TranscriptionScorer {
  private final TranscriptionSpec spec;
  private final Kernels kernels;
  private final FrameFeatures features;
  private final Network network;
  private final Convolution head;
  private final Planes input;
  private final Planes scores;
  private final Planes scoreGradient;
  private final Planes topGradient;
  private double[] values = new double[0];
  private Planes top;

  TranscriptionScorer(TranscriptionSpec spec, Kernels kernels) {
    this.spec = spec;
    this.kernels = kernels;
    ParameterLayout layout = spec.layOut();
    features = new FrameFeatures(spec);
    network = new Network(spec.inputs(), spec.layers(), true, layout, kernels);
    head =
        new Convolution(
            spec.top(),
            spec.symbols(),
            1,
            1,
            layout.slice("symbol.weight").offset(),
            layout.slice("symbol.bias").offset());
    input = new Planes(spec.inputs());
    scores = new Planes(spec.symbols());
    scoreGradient = new Planes(spec.symbols());
    topGradient = new Planes(spec.top());
  }

  /** Fresh parameters: hidden layers by He, a small head. */
  static float[] initialize(TranscriptionSpec spec, long seed) {
    ParameterLayout layout = spec.layOut();
    float[] vector = new float[layout.length()];
    Network.initialize(spec.layers(), layout, vector, seed);
    ParameterLayout.Slice slice = layout.slice("symbol.weight");
    RandomStream random = RandomStream.of(seed, RandomStream.key(slice.name()));
    double deviation = 0.1 / StrictMath.sqrt(slice.shape().get(1));
    for (int i = 0; i < slice.length(); i++) {
      vector[slice.offset() + i] = (float) (deviation * random.nextGaussian());
    }
    return vector;
  }

  void load(float[] parameters) {
    network.load(parameters);
    head.load(parameters);
  }

  /**
   * The scores; valid until the next call.
   *
   * @param view a random view, or null
   */
  CtcScores forward(Utterance utterance, FrameAugmentation view, RandomStream random) {
    features.write(utterance, view, random, input);
    network.dropout(view == null ? 0 : view.dropout(), random);
    top = network.forward(input);
    head.forward(kernels, top, scores);
    PlaneLayout layout = input.layout();
    int frames = layout.width();
    int n = spec.symbols();
    if (values.length < frames * n) {
      values = new double[frames * n];
    }
    for (int s = 0; s < n; s++) {
      int plane = scores.plane(s) + layout.index(0, 0);
      for (int t = 0; t < frames; t++) {
        values[t * n + s] = scores.data()[plane + t];
      }
    }
    return new CtcScores(frames, n, SymbolSet.BLANK, values);
  }

  /** Adds the gradient of Phi for that of the scores, [T, symbols]. */
  void backward(double[] byScores, double[] gradient) {
    PlaneLayout layout = input.layout();
    scoreGradient.reshape(layout);
    Arrays.fill(scoreGradient.data(), 0f);
    for (int s = 0; s < spec.symbols(); s++) {
      int plane = scoreGradient.plane(s) + layout.index(0, 0);
      for (int t = 0; t < layout.width(); t++) {
        scoreGradient.data()[plane + t] = (float) byScores[t * spec.symbols() + s];
      }
    }
    head.addWeightGradient(kernels, top, scoreGradient, gradient);
    if (!spec.layers().isEmpty()) {
      head.inputGradient(kernels, scoreGradient, topGradient);
      topGradient.clearPadding();
      network.backward(input, topGradient, gradient);
    }
  }
}
