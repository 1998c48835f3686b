package org.deepgm.prediction;

import java.util.List;
import org.deepgm.dataset.BadRecord;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Target;

/** Marks of finished chunks. */
public final class PredictionTargets implements Fuzz.Targets {
  @Override
  public List<Target> all() {
    return List.of(new Mark());
  }

  private record Mark() implements Target {
    @Override
    public String name() {
      return "chunk-mark";
    }

    @Override
    public List<byte[]> seeds() {
      List<BadRecord> bad = List.of(new BadRecord("b", "unreadable", "b.png: damaged"));
      return List.of(new ChunkMark(1, "a", "c", 3, "x", "y", List.of("1 2", "3 4"), bad).encode());
    }

    @Override
    public void read(byte[] file) {
      ChunkMark.decode(file, "mark.json");
    }
  }
}
