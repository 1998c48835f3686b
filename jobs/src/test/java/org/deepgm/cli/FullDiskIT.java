package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, and one from which checkpoints vanish. */
class FullDiskIT {
  @TempDir Path work;

  private Submission train(Path model, String log, int steps) throws IOException {
    List<String> words = new ArrayList<>(List.of("--master", "local[1]", "train"));
    words.addAll(List.of("--images", work + "/images", "--masks", work + "/masks"));
    words.addAll(List.of("--labels", work + "/labels.json", "--model", model.toString()));
    words.addAll(List.of("--set", "scorer.features=color", "--set", "training.steps=" + steps));
    words.addAll(List.of("--set", "training.checkpoint-every=1"));
    words.addAll(List.of("--set", "training.checkpoint-keep=1000"));
    return Submission.script("deepgm", work.resolve(log), Map.of(), words.toArray(String[]::new));
  }

  private static boolean mount(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("mount"));
    command.addAll(List.of(words));
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aFullDiskEndsTheRunAndTheLastCheckpointLoads() throws Exception {
    Submission.scenes(work, 4, 24, 32);
    Path disk = Files.createDirectories(work.resolve("disk"));
    assumeTrue(
        mount("-t", "tmpfs", "-o", "size=120k", "tmpfs", disk.toString()),
        "no small disk here: this takes the right to mount one");
    try {
      String output = train(disk.resolve("m"), "full.log", 40).ends(2);
      List<String> lines = output.lines().filter(l -> l.startsWith("deepgm train:")).toList();
      assertEquals(1, lines.size(), output);
      assertTrue(lines.get(0).contains("No space left on device"), output);
      assertTrue(mount("-o", "remount,size=4m", disk.toString()));
      output = train(disk.resolve("m"), "full.log", 40).ends(0);
      assertTrue(output.contains("resuming after step "), output);
      train(work.resolve("whole"), "whole.log", 40).ends(0);
      assertArrayEquals(
          Files.readAllBytes(work.resolve("whole/parameters.bin")),
          Files.readAllBytes(disk.resolve("m/parameters.bin")));
    } finally {
      new ProcessBuilder("umount", disk.toString()).start().waitFor();
    }
  }

  @Test
  void checkpointsThatVanishAreWrittenAnew() throws Exception {
    Submission.scenes(work, 4, 24, 32);
    Submission run = train(work.resolve("m"), "vanish.log", 150);
    Path checkpoints = work.resolve("m.run/checkpoints");
    Path first = checkpoints.resolve("step-00000003.json");
    Submission.until("a checkpoint", () -> Files.exists(first) || !run.process().isAlive());
    for (int attempt = 0; Files.exists(first) && attempt < 100; attempt++) {
      try (Stream<Path> files = Files.list(checkpoints)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(first);
    }
    run.ends(0);
    assertTrue(Files.exists(checkpoints.resolve("step-00000150.json")), run.output());
    assertTrue(Files.exists(work.resolve("m/model.json")), run.output());
  }
}
