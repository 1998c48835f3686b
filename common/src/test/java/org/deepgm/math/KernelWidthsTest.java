package org.deepgm.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits whatever the width of the vectors, each in a JVM of its own. */
class KernelWidthsTest {
  private static final long PLAIN = KernelDigest.plain();

  @Test
  void bestIsPlainToTheBit() {
    assertEquals(PLAIN, KernelDigest.best());
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void everyWidthHasTheSameBits(int bits) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:MaxVectorSize=" + bits / 8,
                "-cp",
                System.getProperty("java.class.path"),
                KernelDigest.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    String line = said.lines().filter(l -> l.contains(" ")).reduce((a, b) -> b).orElse("");
    String name = line.split(" ")[0];
    assumeTrue(
        name.equals("vector-" + bits),
        "not run with vectors of " + bits + " bits: this machine gives " + name);
    assertEquals(Long.toString(PLAIN), line.split(" ")[1]);
  }
}
