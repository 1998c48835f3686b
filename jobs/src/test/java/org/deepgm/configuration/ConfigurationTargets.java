package org.deepgm.configuration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.dataset.Storage;
import org.deepgm.fuzz.Fuzz;
import org.deepgm.fuzz.Target;
import org.deepgm.task.Tasks;
import org.deepgm.task.segmentation.FieldSettings;

/** Files of configuration, read and checked as {@code train} does. */
public final class ConfigurationTargets implements Fuzz.Targets {
  private static final String[] SEEDS = {
    "scorer {\n  features = color\n  layers = [{ channels = 8, dilation = 2 }]\n}\n"
        + "field.offsets = [[0, 1], [1, 0]]\ntraining { batch = 4, rate = 0.01 }\n",
    "training.momentum = 0.9\ntraining.rate = ${?training.momentum}\ntask = segmentation\n",
    "training.rate = 0.1 // a comment\ndata { channels = rgb, encoding = \"UTF-8\" }\n"
  };

  @Override
  public List<Target> all() {
    Path file = Fuzz.scratch().resolve("fuzz.conf");
    return List.of(new Conf(file, new Storage(new Configuration())));
  }

  private record Conf(Path file, Storage storage) implements Target {
    @Override
    public String name() {
      return "configuration";
    }

    @Override
    public List<byte[]> seeds() {
      return Stream.of(SEEDS).map(s -> s.getBytes(StandardCharsets.UTF_8)).toList();
    }

    @Override
    public void read(byte[] text) throws IOException {
      Files.write(file, text);
      Settings settings =
          Settings.of(Tasks.all(), new Settings.Given(storage, file.toString(), List.of(), false));
      new FieldSettings(settings).check(3);
      settings.mathematical();
    }
  }
}
