package org.deepgm.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.dataset.Storage;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Target;
import org.deepgm.math.RandomStream;
import org.deepgm.model.ModelFiles;

/** Checkpoints, whose manifests fit mostly. */
public final class TrainingTargets implements Fuzz.Targets {
  private static final Storage STORAGE = new Storage(new Configuration());
  private static final List<Integer> SHAPE = List.of(3, 3, 1);

  @Override
  public List<Target> all() {
    return List.of(new Checkpoint(Fuzz.scratch()));
  }

  /** The length of the manifest, the manifest, the state. */
  private record Checkpoint(Path folder, List<byte[]> seeds) implements Target {
    Checkpoint(Path folder) {
      this(folder, whole(folder));
    }

    @Override
    public String name() {
      return "checkpoint";
    }

    private static Checkpoints checkpoints(Path folder) {
      return new Checkpoints(
          STORAGE,
          folder.toString(),
          2,
          new Checkpoints.Fingerprint(
              new ObjectMapper().createObjectNode().put("rate", 0.1),
              new ObjectMapper().createObjectNode(),
              saved -> List.of()));
    }

    private static List<byte[]> whole(Path folder) {
      TrainerState state = new TrainerState(new float[] {1, 2, 3});
      state.step = 7;
      state.bestStep = 5;
      state.bestScore = 0.5;
      state.slots = List.of(new double[3], new double[1]);
      checkpoints(folder).save(state);
      try {
        byte[] manifest = Files.readAllBytes(folder.resolve("step-00000007.json"));
        byte[] binary = Files.readAllBytes(folder.resolve("step-00000007.bin"));
        return List.of(join(manifest, binary));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static byte[] join(byte[] manifest, byte[] binary) {
      return ByteBuffer.allocate(4 + manifest.length + binary.length)
          .putInt(manifest.length)
          .put(manifest)
          .put(binary)
          .array();
    }

    @Override
    public byte[] mutate(byte[] seed, RandomStream random) {
      byte[] changed = Target.super.mutate(seed, random);
      int cut = manifest(changed);
      byte[] json = Arrays.copyOfRange(changed, Math.min(4, changed.length), cut);
      byte[] binary = Arrays.copyOfRange(changed, cut, changed.length);
      if (random.nextInt(6) > 0) {
        String fits = "\"sha256\" : \"" + ModelFiles.sha256(binary) + "\"";
        json =
            new String(json, java.nio.charset.StandardCharsets.UTF_8)
                .replaceAll("\"sha256\" : \"[^\"]*\"", fits)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
      }
      return join(json, binary);
    }

    private static int manifest(byte[] file) {
      int length = file.length < 4 ? 0 : ByteBuffer.wrap(file).getInt();
      return (int) Math.min(file.length, 4L + Math.max(0, length));
    }

    @Override
    public void read(byte[] file) throws IOException {
      int cut = manifest(file);
      Files.write(
          folder.resolve("step-00000007.json"),
          Arrays.copyOfRange(file, Math.min(4, file.length), cut));
      Files.write(folder.resolve("step-00000007.bin"), Arrays.copyOfRange(file, cut, file.length));
      checkpoints(folder).load(SHAPE, 10);
    }
  }
}
