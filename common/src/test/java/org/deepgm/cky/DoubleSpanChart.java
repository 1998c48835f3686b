package org.deepgm.cky;

/**
 * Inside and outside sums over labelled binary trees, in double precision and log space, by the
 * textbook: what {@link SpanCky} is measured by where trees are too many to be enumerated.
 */
final class DoubleSpanChart {
  private static final double NEVER = Double.NEGATIVE_INFINITY;

  final double logPartition;

  /** P of a span's label, [i, j, l]. */
  final double[][][] marginals;

  DoubleSpanChart(SpanPlanes scores) {
    int n = scores.words();
    double[][] own = new double[n][n + 1];
    double[][] inside = new double[n][n + 1];
    double[][] outside = new double[n][n + 1];
    for (int width = 1; width <= n; width++) {
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        own[i][j] = NEVER;
        for (int l = 0; l < scores.labels(); l++) {
          own[i][j] = add(own[i][j], scores.get(i, j, l));
        }
        double body = width == 1 ? 0 : NEVER;
        for (int k = i + 1; k < j; k++) {
          body = add(body, inside[i][k] + inside[k][j]);
        }
        inside[i][j] = own[i][j] + body;
        outside[i][j] = NEVER;
      }
    }
    logPartition = inside[0][n];
    outside[0][n] = 0;
    for (int width = n; width > 1; width--) {
      for (int i = 0; i + width <= n; i++) {
        int j = i + width;
        double above = outside[i][j] + own[i][j];
        for (int k = i + 1; k < j; k++) {
          outside[i][k] = add(outside[i][k], above + inside[k][j]);
          outside[k][j] = add(outside[k][j], above + inside[i][k]);
        }
      }
    }
    marginals = new double[n][n + 1][scores.labels()];
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j <= n; j++) {
        double rest = inside[i][j] - own[i][j] + outside[i][j] - logPartition;
        for (int l = 0; l < scores.labels(); l++) {
          marginals[i][j][l] = Math.exp(scores.get(i, j, l) + rest);
        }
      }
    }
  }

  /** ln(exp a + exp b). */
  private static double add(double a, double b) {
    double most = Math.max(a, b);
    return most == NEVER ? NEVER : most + Math.log1p(Math.exp(Math.min(a, b) - most));
  }
}
