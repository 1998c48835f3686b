package org.deepgm.prediction;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which examples a report shows: some of the worst, of the middle and of the best. */
public final class Ranks {
  private static final int OF_A_RANK = 2;

  private Ranks() {}

  /** Ranks by id, in the order of ids that go from worst to best. */
  public static Map<String, String> of(List<String> ids) {
    Map<String, String> ranks = new LinkedHashMap<>();
    int n = ids.size();
    for (int i = 0; i < Math.min(OF_A_RANK, n); i++) {
      ranks.putIfAbsent(ids.get(i), "worst");
    }
    for (int i = n / 2 - OF_A_RANK / 2; i < n / 2 - OF_A_RANK / 2 + OF_A_RANK; i++) {
      if (i >= 0 && i < n) {
        ranks.putIfAbsent(ids.get(i), "median");
      }
    }
    for (int i = Math.max(0, n - OF_A_RANK); i < n; i++) {
      ranks.putIfAbsent(ids.get(i), "best");
    }
    return ranks;
  }
}
