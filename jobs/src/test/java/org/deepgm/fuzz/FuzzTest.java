package org.deepgm.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Some thousand changed files for every reader, the same every time; scripts/fuzz has more. */
class FuzzTest {
  private static final int MUTATIONS = 3000;

  private static Stream<Target> targets() {
    return Fuzz.targets().stream();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void changedFilesAreReadOrRefusedInOneLine(Target target) {
    assertEquals(List.of(), new Fuzz(target, 1).run(0, MUTATIONS).findings());
  }

  @Test
  void everyReaderIsThere() {
    List<String> names = Fuzz.targets().stream().map(Target::name).toList();
    for (String name :
        List.of(
            "image-png",
            "image-tiff",
            "mask",
            "labels",
            "model-segmentation",
            "checkpoint",
            "chunk-mark",
            "shard-image",
            "shard-utterance",
            "shard-text",
            "table",
            "trees",
            "uai",
            "uai-evidence",
            "wav",
            "cepstra",
            "dictionary",
            "configuration")) {
      assertTrue(names.contains(name), name + " among " + names);
    }
  }
}
