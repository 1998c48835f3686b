import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deepgm.tagging.ChunkScores;
import org.deepgm.tagging.FeatureTemplates;
import org.deepgm.tagging.TaggingFormat;
import third_party.org.chokkan.crfsuite.Attribute;
import third_party.org.chokkan.crfsuite.Item;
import third_party.org.chokkan.crfsuite.ItemSequence;
import third_party.org.chokkan.crfsuite.StringList;
import third_party.org.chokkan.crfsuite.Tagger;
import third_party.org.chokkan.crfsuite.Trainer;

/**
 * CRFsuite on the features and sentences of conf/conll2000.conf, by L-BFGS: seconds and F1 after more and
 * more iterations.
 *
 * Chains REFERENCE_CONF TRAIN HELD FOLDER ITERATIONS...
 */
public final class Chains {
  private static final List<String> COLUMNS = List.of("word", "pos", "chunk");

  /** A sentence as CRFsuite takes it, and its labels. */
  private record Sentence(ItemSequence items, String[] labels) {}

  public static void main(String[] args) throws IOException {
    Path library = Files.createTempFile("crfsuite", ".so");
    library.toFile().deleteOnExit();
    try (InputStream in = Trainer.class.getResourceAsStream("/crfsuite-0.12/Linux/amd64/libcrfsuite.so")) {
      Files.copy(in, library, StandardCopyOption.REPLACE_EXISTING);
    }
    System.load(library.toString());
    TaggingFormat format =
        new TaggingFormat(
            TaggingFormat.Kind.COLUMNS, new FeatureTemplates(COLUMNS, templates(Path.of(args[0])), 262144));
    List<Sentence> train = read(format, Path.of(args[1]));
    List<Sentence> held = read(format, Path.of(args[2]));
    System.out.println("| CRFsuite 0.12, L-BFGS, iterations | seconds | F1 |\n|---|---|---|");
    for (int i = 4; i < args.length; i++) {
      String model = Path.of(args[3], "crfsuite-" + args[i]).toString();
      Trainer trainer = new Trainer();
      trainer.select("lbfgs", "crf1d");
      trainer.set("c2", "1");
      trainer.set("feature.possible_transitions", "1");
      trainer.set("max_iterations", args[i]);
      long begin = System.nanoTime();
      for (Sentence s : train) {
        StringList labels = new StringList();
        for (String label : s.labels) {
          labels.add(label);
        }
        trainer.append(s.items, labels, 0);
        labels.delete();
      }
      int state = trainer.train(model, -1);
      double seconds = (System.nanoTime() - begin) / 1e9;
      trainer.delete();
      if (state != 0) {
        throw new IllegalStateException("CRFsuite ended with " + state);
      }
      System.out.printf(Locale.ROOT, "| %s | %.1f | %.2f |%n", args[i], seconds, 100 * f1(model, held));
    }
  }

  private static List<String> templates(Path reference) throws IOException {
    String text = Files.readString(reference);
    int from = text.indexOf("templates = [");
    Matcher quoted = Pattern.compile("\"([^\"]*)\"").matcher(text.substring(from, text.indexOf("\n  ]", from)));
    List<String> out = new ArrayList<>();
    while (quoted.find()) {
      out.add(quoted.group(1));
    }
    return out;
  }

  private static List<Sentence> read(TaggingFormat format, Path file) throws IOException {
    List<Sentence> out = new ArrayList<>();
    for (TaggingFormat.Block block : format.cut(Files.readString(file))) {
      TaggingFormat.Sequence sequence = format.read("line " + block.line(), block.text(), true);
      ItemSequence items = new ItemSequence();
      for (int[] rows : sequence.features()) {
        Item item = new Item();
        for (int row : rows) {
          Attribute attribute = new Attribute(Integer.toString(row), 1.0);
          item.add(attribute);
          attribute.delete();
        }
        items.add(item);
        item.delete();
      }
      out.add(new Sentence(items, sequence.labels()));
    }
    return out;
  }

  private static double f1(String model, List<Sentence> held) {
    Tagger tagger = new Tagger();
    if (!tagger.open(model)) {
      throw new IllegalStateException("cannot open " + model);
    }
    ChunkScores scores = new ChunkScores();
    for (Sentence s : held) {
      scores.see(List.of(s.labels));
    }
    for (Sentence s : held) {
      tagger.set(s.items);
      StringList found = tagger.viterbi();
      String[] labels = new String[(int) found.size()];
      for (int t = 0; t < labels.length; t++) {
        labels[t] = found.get(t);
      }
      found.delete();
      scores.add(s.labels, labels);
    }
    tagger.close();
    tagger.delete();
    return scores.f1();
  }

  private Chains() {}
}
