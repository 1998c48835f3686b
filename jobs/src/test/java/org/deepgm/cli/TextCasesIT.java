package org.deepgm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deepgm.samples.Commands;
import org.deepgm.samples.RealData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text, speech and trees that failed once, by the commands that a user types, where they are. */
class TextCasesIT {
  @TempDir Path work;

  @BeforeAll
  static void local() {
    Commands.local();
  }

  private static Commands.Outcome run(String command, Object... words) {
    List<String> all = new ArrayList<>(List.of(command));
    for (Object word : words) {
      if (word instanceof String[] several) {
        all.addAll(List.of(several));
      } else {
        all.add(word.toString());
      }
    }
    return Commands.run(Main::run, all);
  }

  private static String[] sets(String... sets) {
    return Stream.of(sets).flatMap(set -> Stream.of("--set", set)).toArray(String[]::new);
  }

  private static final String[] TAGGING =
      sets(
          "task=tagging",
          "tagging.columns=[word,pos,label]",
          "tagging.templates=[\"word[0]\"]",
          "tagging.rows=1000",
          "training.optimizer=adagrad",
          "training.average=0",
          "training.steps=3",
          "training.batch=2",
          "training.rate=0.1");

  private static final String[] PARSING =
      sets(
          "task=parsing",
          "training.steps=2",
          "training.batch=2",
          "parsing.rows=500",
          "parsing.embedding=8",
          "parsing.span-channels=8");

  private static final String[] SPEECH =
      sets(
          "task=transcription",
          "transcription.format=wav",
          "transcription.sample-rate=8000",
          "transcription.bands=20",
          "transcription.path=\"{file}\"",
          "transcription.stride=1",
          "training.steps=2",
          "training.batch=2");

  private static void refused(Commands.Outcome outcome, String... messages) {
    assertEquals(2, outcome.code(), outcome.out() + outcome.err());
    for (String message : messages) {
      assertTrue(outcome.err().contains(message), outcome.err());
    }
    assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
  }

  private static Commands.Outcome done(Commands.Outcome outcome) {
    assertEquals(0, outcome.code(), outcome.out() + outcome.err());
    return outcome;
  }

  @ParameterizedTest
  @CsvSource({"IOBES, IOBES", "IOB1, IOB", "IOB2, IOB"})
  void chunksAreCountedByTheirScheme(String name, String scheme) {
    Path file = RealData.cases("tagging").resolve("sch_" + name + ".txt");
    done(run("train", TAGGING, "--data", file, "--model", work + "/m"));
    Commands.Outcome outcome = done(run("evaluate", "--model", work + "/m", "--data", file));
    assertTrue(outcome.out().matches("(?s).*chunks \\(" + scheme + "\\) +234\\R.*"), outcome.out());
    outcome =
        done(
            run("evaluate", "--model", work + "/m", "--data", file, sets("evaluate.chunks=bilou")));
    assertTrue(!outcome.out().contains("chunks (IOB"), outcome.out());
  }

  @Test
  void taggedTextOfAnotherEncodingIsRefusedOrRead() throws IOException {
    Path file = RealData.cases("tagging").resolve("latin1.txt");
    Commands.Outcome outcome = run("train", TAGGING, "--data", file, "--model", work + "/m");
    refused(outcome, "latin1.txt: expected text in UTF-8", "offset 3", "ISO-8859-1");
    String[] latin = sets("data.encoding=ISO-8859-1");
    done(run("train", TAGGING, latin, "--data", file, "--model", work + "/m"));
    done(run("predict", latin, "--model", work + "/m", "--data", file, "--output", work + "/out"));
    String text = Files.readString(work.resolve("out/part-00000"));
    assertTrue(text.startsWith("caf\u00e9 NN "), text);
  }

  @Test
  void aByteOrderMarkIsNoPartOfAWord() throws IOException {
    Path file = RealData.cases("tagging").resolve("bom.txt");
    done(run("train", TAGGING, "--data", file, "--model", work + "/m"));
    done(run("predict", "--model", work + "/m", "--data", file, "--output", work + "/out"));
    assertTrue(Files.readString(work.resolve("out/part-00000")).startsWith("Rockwell NNP "));
  }

  @Test
  void treesOverSeveralLinesAreTrainedOnScoredAndPacked() throws IOException {
    Path whole = work.resolve("whole.mrg");
    String text = Files.readString(RealData.cases("parsing").resolve("multi.mrg"));
    Files.writeString(whole, text.substring(0, text.lastIndexOf("\n( (S") + 1));
    long trees = text.lines().filter(line -> line.startsWith("( (")).count() - 1;
    Commands.Outcome outcome = done(run("train", PARSING, "--data", whole, "--model", work + "/m"));
    assertTrue(outcome.out().contains(trees + " training sentences"), outcome.out());
    outcome = done(run("evaluate", "--model", work + "/m", "--data", whole));
    assertTrue(outcome.out().contains(trees + " sentences"), outcome.out());
    outcome = done(run("pack", PARSING, "--data", whole, "--output", work + "/shards"));
    assertTrue(outcome.out().contains("packed " + trees + " sentences"), outcome.out());
    // The file itself ends in the middle of a tree.
    Path file = RealData.cases("parsing").resolve("multi.mrg");
    outcome = run("train", PARSING, "--data", file, "--model", work + "/n");
    refused(outcome, "multi.mrg, line 182: expected");
    outcome =
        done(
            run("train", PARSING, "--data", file, "--model", work + "/n", "--bad-records", "skip"));
    assertTrue(outcome.out().contains(trees + " training sentences"), outcome.out());
  }

  @Test
  void treesOfAnotherEncodingAreRefusedOrReadAndNoSentences() {
    Path latin = RealData.cases("parsing").resolve("latin1.mrg");
    Commands.Outcome outcome = run("train", PARSING, "--data", latin, "--model", work + "/m");
    refused(outcome, "latin1.mrg: expected text in UTF-8", "ISO-8859-1");
    String[] reads = sets("data.encoding=ISO-8859-1");
    done(run("train", PARSING, reads, "--data", latin, "--model", work + "/m"));
    Path trees = RealData.cases("parsing").resolve("s_tree.txt");
    outcome = run("predict", "--model", work + "/m", "--data", trees, "--output", work + "/out");
    refused(outcome, "s_tree.txt, line 1: expected a sentence in plain words, found a tree");
  }

  /** A table beside real digits. */
  private Path table(String name) throws IOException {
    Path digits = RealData.data("spoken-digits").resolve("recordings");
    Path folder = Files.createDirectories(work.resolve("speech"));
    Path table = folder.resolve(name);
    Files.copy(RealData.cases("speech").resolve(name), table);
    byte[] bytes = Files.readAllBytes(table);
    for (String line : new String(bytes, StandardCharsets.ISO_8859_1).lines().toList()) {
      String file = line.split("\t")[0];
      if (file.endsWith(".wav") && !Files.exists(folder.resolve(file))) {
        Files.copy(digits.resolve(file), folder.resolve(file));
      }
    }
    return table;
  }

  private Commands.Outcome train(Path table, String... more) {
    return run("train", SPEECH, more, "--data", table, "--model", work + "/m", "--restart");
  }

  @ParameterizedTest
  @CsvSource({
    "utf16.tsv, 'utf16.tsv: expected text in UTF-8', it looks like UTF-16",
    "notext.tsv, expected the column text (transcription.text), 'file, sentence'",
    "blankrows.tsv, 'blankrows.tsv, row 6: expected 2 columns (file, text)', found 1",
    "missing.tsv, 'missing.tsv, row 3: expected 2 columns', found 1",
    "extra.tsv, 'extra.tsv, row 3: expected 2 columns', found 3",
    "allempty.tsv, transcription.text, only empty texts",
  })
  void tablesThatCannotBeUsedSayWhere(String name, String message, String more) throws IOException {
    refused(train(table(name)), message, more);
  }

  @ParameterizedTest
  @CsvSource({"badrow.tsv, malformed", "dup2.tsv, duplicate-id"})
  void rowsThatCannotBeUsedAreLeftOutAndListed(String name, String kind) throws IOException {
    Path table = table(name);
    assertEquals(2, train(table).code());
    Commands.Outcome outcome = done(train(table, "--bad-records", "skip"));
    assertTrue(outcome.out().contains("left out"), outcome.out());
    String bad = Files.readString(work.resolve("m.run/bad-records.jsonl"));
    assertTrue(bad.contains(kind) && bad.contains(name + ", row "), bad);
  }

  @Test
  void textsAreStrippedAsScoringStripsThem() throws IOException {
    Path table = table("tr_trail.tsv");
    done(train(table));
    // The letters of the words and nothing else: no symbol for a blank behind them.
    String model = Files.readString(work.resolve("m/model.json"));
    assertTrue(!model.contains("\" \""), model);
    done(train(table("bothtab.tsv")));
  }

  @Test
  void aLexiconThatSpellsNothingIsRefused() throws IOException {
    Path table = table("tr_trail.tsv");
    done(train(table));
    String lexicon =
        "transcription.lexicon=\"" + RealData.cases("speech").resolve("lex_none.txt") + "\"";
    refused(
        run(
            "evaluate",
            "--model",
            work + "/m",
            "--data",
            table,
            sets(lexicon, "transcription.beam=5")),
        "transcription.lexicon: expected words that the model can spell, found none");
  }

  @Test
  void soundOfPipesAndOtherCodingsIsTranscribed() throws IOException {
    Path table = table("tr_trail.tsv");
    done(train(table));
    Path folder = table.getParent();
    StringBuilder rows = new StringBuilder("file\n");
    for (String name :
        List.of(
            "ffpipe",
            "ffdata",
            "zerolen",
            "ext",
            "fff32",
            "ffs24",
            "nofmt",
            "datafirst",
            "headonly")) {
      Files.copy(RealData.cases("speech").resolve(name + ".wav"), folder.resolve(name + ".wav"));
      rows.append(name).append(".wav\n");
    }
    Path sounds = folder.resolve("sounds.tsv");
    Files.writeString(sounds, rows);
    Commands.Outcome outcome =
        done(
            run(
                "predict",
                "--model",
                work + "/m",
                "--data",
                sounds,
                "--output",
                work + "/out",
                "--bad-records",
                "skip"));
    assertTrue(outcome.out().contains("transcribed 6 utterances"), outcome.out());
    String bad = Files.readString(work.resolve("out/_chunks/bad-records.jsonl"));
    assertTrue(bad.contains("nofmt.wav: expected a chunk fmt before the samples"), bad);
    assertTrue(bad.contains("datafirst.wav: expected a chunk fmt before the samples"), bad);
    assertTrue(bad.contains("headonly.wav: expected samples, found none"), bad);
  }
}
