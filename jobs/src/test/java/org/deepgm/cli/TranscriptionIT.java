package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.samples.MadeSpeech;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on speech that is made: every letter is a noisy pattern of some frames. */
class TranscriptionIT {
  private static final String[] SETTINGS = {
    "--set", "task=transcription",
    "--set", "transcription.path=\"{utt}.mfc\"",
    "--set", "transcription.layers=[{channels=16},{channels=16,dilation=2,residual=true}]",
    "--set", "transcription.augment.tempo=0.1",
    "--set", "training.batch=8",
    "--set", "training.steps=120",
    "--set", "training.rate=0.01",
    "--set", "training.checkpoint-every=50",
  };

  @TempDir static Path data;
  @TempDir Path work;

  private String err;

  @BeforeAll
  static void make() throws IOException {
    System.setProperty("spark.master", "local[2]");
    System.setProperty("spark.ui.enabled", "false");
    System.setProperty("spark.driver.host", "127.0.0.1");
    MadeSpeech.table(data, "train", 64);
    MadeSpeech.table(data, "held", 24);
  }

  private int run(List<String> words) {
    picocli.CommandLine line = Main.commandLine();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    line.setErr(new PrintWriter(bytes, true, StandardCharsets.UTF_8));
    int code = line.execute(words.toArray(String[]::new));
    err = bytes.toString(StandardCharsets.UTF_8);
    return code;
  }

  private List<String> command(String name, String model, String table, String... more) {
    List<String> words = new ArrayList<>(List.of(name, "--data", data + "/" + table + ".tsv"));
    words.addAll(List.of("--model", work.resolve(model).toString()));
    words.addAll(List.of(SETTINGS));
    words.addAll(List.of(more));
    return words;
  }

  @Test
  void aTranscriberLearnsScoresAndPredicts() throws IOException {
    String held = data + "/held.tsv";
    assertEquals(0, run(command("train", "m", "train", "--validation-data", held)), err);
    assertEquals(0, run(command("evaluate", "m", "held", "--output", work + "/free")), err);
    String[] beam = {
      "--set", "transcription.beam=20",
      "--set", "transcription.lexicon=\"" + data + "/train.tsv\"",
      "--output", work + "/words"
    };
    assertEquals(0, run(command("evaluate", "m", "held", beam)), err);
    double free = wordErrors("free");
    double words = wordErrors("words");
    assertTrue(free < 0.2, "word error rate " + free);
    assertTrue(words <= free, "with known words " + words + ", without " + free);
    assertEquals(0, run(command("predict", "m", "held", "--output", work + "/p")), err);
    List<String> lines = Files.readAllLines(work.resolve("p/transcriptions.tsv"));
    List<String> gold = Files.readAllLines(data.resolve("held.tsv"));
    assertEquals(gold.size(), lines.size());
    int same = 0;
    for (int i = 1; i < gold.size(); i++) {
      String[] expected = gold.get(i).split("\t");
      String[] found = lines.get(i).split("\t", -1);
      assertEquals(expected[0] + ".mfc", found[0], "order is kept");
      same += expected[1].equals(found[1]) ? 1 : 0;
    }
    JsonNode scores = new ObjectMapper().readTree(work.resolve("free/scores.json").toFile());
    assertEquals(1 - scores.path("utterance_error_rate").asDouble(), same / 24.0, 1e-9);
  }

  @Test
  void aFileThatWasReplacedIsTranscribedAgain() throws IOException {
    MadeSpeech.table(work, "train", 8);
    Path table = work.resolve("train.tsv");
    List<String> train = new ArrayList<>(List.of("train", "--data", table.toString()));
    train.addAll(List.of("--model", work.resolve("m").toString()));
    train.addAll(List.of(SETTINGS));
    train.addAll(List.of("--set", "training.steps=5"));
    assertEquals(0, run(train), err);
    List<String> predict = new ArrayList<>(List.of("predict", "--data", table.toString()));
    predict.addAll(List.of("--model", work.resolve("m").toString()));
    predict.addAll(List.of("--output", work + "/p", "--set", "predict.chunk=4"));
    assertEquals(0, run(predict), err);
    Path first = work.resolve("p/_chunks/chunk-00000.json");
    Path second = work.resolve("p/_chunks/chunk-00001.json");
    FileTime before = Files.getLastModifiedTime(first);
    // The last utterance gets other sound.
    List<String> rows = Files.readAllLines(table);
    String one = rows.get(1).split("\t")[0];
    String last = rows.get(8).split("\t")[0];
    Files.copy(
        work.resolve(one + ".mfc"),
        work.resolve(last + ".mfc"),
        StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(work.resolve(last + ".mfc"), FileTime.fromMillis(1_000_000));
    FileTime mark = Files.getLastModifiedTime(second);
    assertEquals(0, run(predict), err);
    assertEquals(before, Files.getLastModifiedTime(first), "nothing changed in the first chunk");
    assertTrue(Files.getLastModifiedTime(second).compareTo(mark) > 0, "the second is done again");
    List<String> lines = Files.readAllLines(work.resolve("p/transcriptions.tsv"));
    assertEquals(9, lines.size());
    assertEquals(
        lines.get(1).split("\t", -1)[1], lines.get(8).split("\t", -1)[1], "the same sound");
  }

  private double wordErrors(String folder) throws IOException {
    return new ObjectMapper()
        .readTree(work.resolve(folder + "/scores.json").toFile())
        .at("/words/error_rate")
        .asDouble(Double.NaN);
  }

  @Test
  void theModelDependsOnNoPartitionAndNoStop() throws IOException {
    assertEquals(0, run(command("train", "two", "train", "--set", "training.partitions=2")), err);
    assertEquals(0, run(command("train", "other", "train", "--set", "training.partitions=7")), err);
    Path checkpoints = work.resolve("other.run/checkpoints");
    assertSame();
    Files.delete(checkpoints.resolve("step-00000120.json"));
    Files.delete(work.resolve("other/model.json"));
    assertEquals(0, run(command("train", "other", "train", "--set", "training.partitions=1")), err);
    assertSame();
  }

  @Test
  void packedUtterancesTrainTheSameModel() throws IOException {
    List<String> pack = new ArrayList<>(List.of("pack", "--data", data + "/train.tsv"));
    pack.addAll(List.of("--output", work + "/packed"));
    pack.addAll(List.of(SETTINGS).subList(0, 4));
    assertEquals(0, run(pack), err);
    assertEquals(0, run(command("train", "two", "train", "--set", "training.steps=10")), err);
    List<String> packed = command("train", "other", "train", "--set", "training.steps=10");
    packed.set(2, work + "/packed");
    assertEquals(0, run(packed), err);
    assertSame();
    packed.addAll(List.of("--set", "transcription.format=wav", "--overwrite"));
    assertEquals(2, run(packed));
    assertTrue(err.contains("expected frames of"), err);
  }

  @Test
  void aModelKnowsHowItsTablesAreRead() throws IOException {
    assertEquals(0, run(command("train", "m", "train", "--set", "training.steps=10")), err);
    List<String> words = List.of("--data", data + "/held.tsv", "--model", work + "/m");
    List<String> evaluate = new ArrayList<>(List.of("evaluate"));
    evaluate.addAll(words);
    assertEquals(0, run(evaluate), err);
  }

  @Test
  void speakersShareTheirScaleWhateverThePartitions() throws IOException {
    StringBuilder rows = new StringBuilder("utt\ttext\twho\n");
    List<String> lines = Files.readAllLines(data.resolve("train.tsv"));
    for (int i = 1; i < lines.size(); i++) {
      rows.append(lines.get(i)).append("\tspeaker").append(i % 5).append('\n');
    }
    Files.writeString(data.resolve("who.tsv"), rows);
    String[] by = {"--set", "transcription.normalize-by=who", "--set", "training.steps=10"};
    assertEquals(0, run(command("train", "two", "who", by)), err);
    List<String> other = command("train", "other", "who", by);
    other.addAll(List.of("--set", "training.partitions=7"));
    assertEquals(0, run(other), err);
    assertSame();
    assertEquals(2, run(command("train", "n", "train", by)));
    assertTrue(err.contains("expected the column who"), err);
  }

  @Test
  void wordsAreFoundByTheirPhones() throws IOException {
    Path dictionary = data.resolve("words.dic");
    Files.writeString(dictionary, "ab  X Y\nba  Y X\ncab  Z X Y\nabc  X Y Z\n");
    String phones = "transcription.dictionary=\"" + dictionary + "\"";
    assertEquals(0, run(command("train", "m", "train", "--set", phones)), err);
    assertEquals(0, run(command("evaluate", "m", "held", "--output", work + "/free")), err);
    assertTrue(wordErrors("free") < 0.3, "word error rate " + wordErrors("free"));
    Files.writeString(dictionary, "ab  X Y\n");
    assertEquals(2, run(command("train", "n", "train", "--set", phones)));
    assertTrue(err.contains("expected words of the dictionary"), err);
  }

  private void assertSame() throws IOException {
    for (String file : List.of("model.json", "parameters.bin")) {
      assertArrayEquals(
          Files.readAllBytes(work.resolve("two/" + file)),
          Files.readAllBytes(work.resolve("other/" + file)));
    }
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    Files.write(data.resolve("broken.mfc"), new byte[] {0, 0, 1});
    Files.writeString(data.resolve("bad.tsv"), "utt\ttext\nbroken\tab\ntrain-0\tab\n");
    Files.writeString(data.resolve("odd.tsv"), "utt\ttext\ntrain-0\n");
    Files.writeString(data.resolve("none.tsv"), "name\ttext\ntrain-0\tab\n");
    String[][] cases = {
      {"bad", "broken.mfc: expected a count"},
      {"odd", "row 2: expected 2 columns"},
      {"none", "none.tsv: expected the column utt (transcription.path = "},
      {"absent", "no such"},
    };
    for (String[] c : cases) {
      assertEquals(2, run(command("train", "m", c[0])), c[0]);
      assertTrue(err.contains(c[1]), err);
      assertEquals(1, err.strip().lines().count(), err);
    }
    assertEquals(0, run(command("train", "m", "bad", "--bad-records", "skip", "--restart")), err);
    assertEquals(0, run(command("evaluate", "m", "held", "--output", work + "/s")), err);
    JsonNode scores = new ObjectMapper().readTree(work.resolve("s/scores.json").toFile());
    assertTrue(scores.path("unknown").asInt() > 0, "characters that training had not: " + scores);
    assertEquals(24, scores.path("utterances").asInt());
    String stride = "transcription.stride=16";
    assertEquals(2, run(command("train", "n", "train", "--set", stride)));
    assertTrue(err.contains("frames for its text"), err);
    String shape = "transcription.layers=[{channels=5,residual=true}]";
    assertEquals(2, run(command("train", "n", "train", "--set", shape)));
    assertTrue(err.contains("residual layer 1"), err);
  }
}
