package org.deepgm.math;

/**
 * The loops that take the time: sums over taps, lag products and the softmax of mean field.
 *
 * <p>A <em>tap</em> is an offset into a flat array of padded planes: for output pixel {@code p} the
 * tap {@code t} reads {@code in[p + taps[t]]}. Weights are packed, see {@link PackedWeights}; the
 * outputs of a group are computed together. Every output pixel is one chain of fused multiply-adds
 * in the order of the taps, starting from the bias or base, and every reduction over pixels uses
 * {@value #LANES} logical lanes with a fixed tree and a fixed flush interval, so that all
 * implementations give the same bits.
 *
 * <p>Ranges {@code [from, to)} have a length that is a multiple of {@value #LANES}. Implementations
 * own some scratch memory: one instance a thread.
 */
public interface Kernels {
  /** Logical lanes of a reduction over pixels, whatever the width of the machine's vectors. */
  int LANES = 16;

  /** Pixels after which single-precision partial sums are added to double precision. */
  int FLUSH = 2048;

  /**
   * {@code out[o * outStride + p] = bias[o] + sum_t w[o, t] in[p + taps[t]]}.
   *
   * @param taps offsets into {@code in}, [tapCount]
   * @param weights packed weights of {@code outputs} and {@code tapCount}
   * @param bias at least [outputs]
   * @param out planes {@code outStride} apart
   */
  void convolve(
      float[] in,
      int[] taps,
      int tapCount,
      float[] weights,
      float[] bias,
      float[] out,
      int outStride,
      int outputs,
      int from,
      int to);

  /**
   * {@code out[outBase + o * outStride + p] = base[baseBase + o * baseStride + p] + sum_t w[o, t]
   * scale[p + scaleTaps[t]] in[p + taps[t]]}; without the factor when {@code scale} is null. {@code
   * base} and {@code out} may be the same planes.
   *
   * @param tapFrom first tap of the chain in {@code taps} and {@code scaleTaps}
   * @param tapCount taps of the chain
   * @param weights packed weights of {@code outputs} and {@code chain} taps
   * @param weightFrom the tap among those whose weights the chain starts with
   * @param chain taps for which weights are packed
   */
  void messages(
      float[] in,
      int[] taps,
      int tapFrom,
      int tapCount,
      float[] weights,
      int weightFrom,
      int chain,
      float[] base,
      int baseBase,
      int baseStride,
      float[] scale,
      int[] scaleTaps,
      float[] out,
      int outBase,
      int outStride,
      int outputs,
      int from,
      int to);

  /**
   * Sums over pixels of products of two planes: {@code sums[i * columns + j] += sum_p a[aOffsets[i]
   * + p] * b[bOffsets[j] + p]}.
   */
  void lagProducts(
      float[] a, int[] aOffsets, float[] b, int[] bOffsets, int from, int to, double[] sums);

  /**
   * One mean-field update of a run of pixels: {@code q += w (softmax(u) - q)} with a weight per
   * pixel (0 keeps a pixel, as the padding must be; 1 replaces it up to rounding; between is
   * damping). {@code u} is overwritten.
   *
   * @param change [LANES], to which sum_l |dq| is added
   */
  void softmaxUpdate(
      float[] u,
      int uBase,
      int uStride,
      float[] weight,
      float[] oldQ,
      float[] newQ,
      int qStride,
      int labels,
      int from,
      int to,
      float[] change);

  /**
   * {@code x = max(x, leak x)} over a run.
   *
   * @param leak slope below 0, at least 0 and less than 1
   */
  void rectify(float[] x, float leak, int from, int to);

  /**
   * {@code g *= leak} where {@code activation <= 0}, over a run; with a leak of 0 it is 0 there.
   */
  void rectifyGradient(float[] activation, float[] g, float leak, int from, int to);

  /**
   * {@code out = in + c + w phi} over a run of n floats, rounded up to whole lanes.
   *
   * @param phi null leaves the last term out
   */
  void affine(float[] in, int i, float c, float[] phi, int p, float w, float[] out, int o, int n);

  /** {@code out = a b} over a run of n floats, rounded up to whole lanes. */
  void multiply(float[] a, int i, float[] b, int j, float[] out, int o, int n);

  /** {@code out = in + keep (out - in)} over a run of n floats, rounded up to whole lanes. */
  void mix(float[] in, int i, float keep, float[] out, int o, int n);

  /**
   * The share of a row and a label in the mean-field free energy: the sum over exactly n pixels of
   * {@code p ((s + u) / 2 - ln p)}, where {@code p > 0}; added in lanes by the fixed tree.
   *
   * @param p marginals
   * @param s node scores
   * @param u node scores and messages
   */
  double freeEnergy(float[] p, int i, float[] s, int j, float[] u, int k, int n);

  /**
   * The derivative of a sweep {@code q' = d q + (1 - d) P} by the argument of its softmax P, over a
   * run: {@code out = P (a - P . a)} with {@code a = (1 - d) g}, and P from q' and q, at least
   * {@code least}.
   *
   * @param after planes of q'
   * @param before planes of q
   * @param g planes of the derivative by q'
   * @param out planes; label l of all stands at {@code l * stride}
   */
  void softmaxGradient(
      float[] after,
      float[] before,
      float[] g,
      float[] out,
      int stride,
      int labels,
      float damping,
      float least,
      int from,
      int to);

  /** {@code out += (a - b)^2} over exactly n floats. */
  void addSquaredDifference(float[] a, int i, float[] b, int j, float[] out, int o, int n);

  /** {@code x = exp(factor x)} over exactly n floats, factor x at most 0. */
  void exponentials(float[] x, int i, float factor, int n);

  /**
   * Sends messages of belief propagation both ways along a run of edges that have matrices in
   * common. From a pixel's belief without what came over the edge, h, follows
   *
   * <pre>u[m] = max_l h[l] + shift[m] + ln sum_l product[l, m] exp(h[l] - max_l h[l])</pre>
   *
   * and the new message is {@code keep old + (1 - keep) (u[m] - max u)}.
   *
   * @param belief planes {@code planeSize} apart
   * @param here index of the first pixel at the edges' beginning
   * @param there the same at their end
   * @param products of the messages to the end and to the beginning, packed weights of {@code
   *     labels} outputs and taps
   * @param shifts of both
   * @param forward messages to the end, rows of {@code stride} floats a label from m on;
   *     overwritten to whole lanes
   * @param backward messages to the beginning, likewise
   * @param next planes to which exactly n floats a label and end are added
   */
  void sendMessages(
      float[] belief,
      int here,
      int there,
      int planeSize,
      int labels,
      float[][] products,
      float[][] shifts,
      float keep,
      float[] forward,
      float[] backward,
      int m,
      int stride,
      float[] next,
      int n);

  /** {@code even[m] = in[2 m]} and {@code odd[m] = in[2 m + 1]}, exactly n of each. */
  void split(float[] in, int i, float[] even, int e, float[] odd, int o, int n);

  /** {@code out[2 m] = even[m]} and {@code out[2 m + 1] = odd[m]}, exactly n of each. */
  void join(float[] even, int e, float[] odd, int o, float[] out, int p, int n);

  /** {@code out = max(out, in)} over a run of n floats, rounded up to whole lanes. */
  void maximum(float[] in, int i, float[] out, int o, int n);

  /** {@code out += exp(in - less)}, where that is at most about 0; n rounded up to whole lanes. */
  void addExp(float[] in, int i, float[] less, int j, float[] out, int o, int n);

  /** {@code out = plus + ln sum}, see {@link FastLog#log(float)}; n rounded up to whole lanes. */
  void addLog(float[] sum, int i, float[] plus, int j, float[] out, int o, int n);

  /**
   * Sum over exactly n floats of a, or of a b, added in lanes by the fixed tree.
   *
   * @param b null sums a alone
   */
  double dot(float[] a, int i, float[] b, int j, int n);

  /** The name for log lines: {@code vector-512}, {@code plain}. */
  String name();

  /** A new instance of the fastest implementation that this JVM can run. */
  static Kernels best() {
    return KernelChoice.create();
  }

  /** A new instance of the implementation without the incubator module. */
  static Kernels plain() {
    return new PlainKernels();
  }
}
