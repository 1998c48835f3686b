package org.deepgm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.dataset.Storage;
import org.deepgm.demo.Rings;
import org.deepgm.demo.Scenes;
import org.deepgm.fault.InputException;
import org.deepgm.image.ImageEncoder;
import org.deepgm.segmentation.Example;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code demo}: the whole main job on pictures that it makes itself. */
@Command(
    name = "demo",
    description = "Makes a small data set, packs it, trains, predicts and evaluates.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  /** Only a folder with this file is deleted by the next demo. */
  private static final String MARK = ".deepgm-demo";

  private static final int TRAIN = 48;
  private static final int VALIDATION = 16;
  private static final int HEIGHT = 72;
  private static final int WIDTH = 96;
  private static final long SEED = 2020;

  @Option(
      names = "--output",
      defaultValue = "deepgm-demo",
      paramLabel = "DIR",
      description = "Folder for the data, the model and the masks (${DEFAULT-VALUE}).")
  private String output;

  @Parameters(
      arity = "0..1",
      defaultValue = "images",
      paramLabel = "WHAT",
      description = "images or graphs (${DEFAULT-VALUE}).")
  private String what;

  @Override
  public Integer call() {
    if (!List.of("images", "graphs").contains(what)) {
      throw new InputException("Expected demo images or demo graphs, found demo " + what);
    }
    Storage storage = new Storage(new Configuration());
    storage.checkOutput(output);
    if (storage.hasContent(output) && !storage.exists(output + "/" + MARK)) {
      throw new InputException(
          output + ": expected a new folder or one of an earlier demo, found other files");
    }
    storage.delete(output);
    storage.write(output + "/" + MARK, new byte[0]);
    return what.equals("graphs") ? graphs(storage) : images(storage);
  }

  private int graphs(Storage storage) {
    storage.write(output + "/train.jsonl", Rings.lines("train", TRAIN, SEED));
    storage.write(output + "/validation.jsonl", Rings.lines("validation", VALIDATION, SEED));
    say("made " + TRAIN + " training and " + VALIDATION + " validation graphs in " + output);
    String[] task = {
      "--set", "task=graphs", "--set", "training.epochs=20", "--set", "training.rate=0.03"
    };
    String[] train = java.util.Arrays.copyOf(task, task.length + 2);
    train[task.length] = "--data";
    train[task.length + 1] = output + "/train.jsonl";
    String[] validation = {"--data", output + "/validation.jsonl"};
    String model = output + "/model";
    return run("train", train, "--validation-data", validation[1], "--model", model)
        .then("predict", validation, "--model", model, "--output", output + "/predicted")
        .then("evaluate", validation, "--model", model, "--output", output + "/scores")
        .code;
  }

  private int images(Storage storage) {
    String labels = output + "/labels.json";
    storage.write(labels, Scenes.labels().toJson());
    make(storage, "train", TRAIN);
    make(storage, "validation", VALIDATION);
    say(
        "made "
            + TRAIN
            + " training and "
            + VALIDATION
            + " validation scenes of "
            + WIDTH
            + " x "
            + HEIGHT
            + " pixels in "
            + output);
    String config = output + "/demo.conf";
    storage.write(config, resource());
    String[] train = {"--images", folder("images", "train"), "--masks", folder("masks", "train")};
    String[] validation = {
      "--images", folder("images", "validation"), "--masks", folder("masks", "validation")
    };
    return run("pack", train, "--labels", labels, "--output", output + "/shards")
        .then(
            "train",
            new String[] {"--data", output + "/shards"},
            "--validation-images",
            validation[1],
            "--validation-masks",
            validation[3],
            "--config",
            config,
            "--model",
            output + "/model")
        .then(
            "predict",
            new String[] {validation[0], validation[1]},
            "--model",
            output + "/model",
            "--output",
            output + "/predicted",
            "--overlay",
            "--entropy")
        .then(
            "evaluate",
            validation,
            "--labels",
            labels,
            "--model",
            output + "/model",
            "--output",
            output + "/scores")
        .code;
  }

  private void make(Storage storage, String split, int count) {
    for (int i = 0; i < count; i++) {
      String id = String.format(Locale.ROOT, "scene-%03d", i);
      Example scene = Scenes.scene(split + "/" + id, SEED, HEIGHT, WIDTH);
      storage.write(folder("images", split) + "/" + id + ".png", ImageEncoder.image(scene.image()));
      storage.write(
          folder("masks", split) + "/" + id + ".png",
          ImageEncoder.mask(scene.labels(), Scenes.labels()));
    }
  }

  private String folder(String kind, String split) {
    return output + "/" + kind + "/" + split;
  }

  private static byte[] resource() {
    try (var in = DemoCommand.class.getResourceAsStream("/org/deepgm/configuration/demo.conf")) {
      return in.readAllBytes();
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void say(String text) {
    System.out.println(text);
  }

  /** The exit code so far; the next command runs only after success. */
  private record Step(int code) {
    Step then(String command, String[] data, String... rest) {
      return code == 0 ? run(command, data, rest) : this;
    }
  }

  private static Step run(String command, String[] data, String... rest) {
    List<String> words = new ArrayList<>(List.of(command));
    words.addAll(List.of(data));
    words.addAll(List.of(rest));
    say("\n$ deepgm " + String.join(" ", words));
    CommandLine line = Main.commandLine();
    return new Step(line.execute(words.toArray(String[]::new)));
  }
}
