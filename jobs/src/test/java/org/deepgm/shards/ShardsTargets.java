package org.deepgm.shards;

import java.util.List;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Named;
import org.deepgm.fuzz.Target;

/** What lists shards. */
public final class ShardsTargets implements Fuzz.Targets {
  @Override
  public List<Target> all() {
    Manifest.Shard shard =
        new Manifest.Shard("a.parquet", 100, new int[] {3, 4}, new String[] {"a", "d"}, "g");
    Manifest.Run run = new Manifest.Run("token", List.of(shard));
    byte[] sample = new Manifest(Manifest.VERSION, "kind", List.of(run)).encode();
    return List.of(new Named("shards", List.of(sample), f -> Manifest.decode(f, "_shards.json")));
  }
}
