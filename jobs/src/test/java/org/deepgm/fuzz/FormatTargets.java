package org.deepgm.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.deepgm.demo.Scenes;
import org.deepgm.field.graph.FactorGraph;
import org.deepgm.field.graph.UaiFormat;
import org.deepgm.image.ImageDecoder;
import org.deepgm.image.LabelSet;
import org.deepgm.math.RandomStream;
import org.deepgm.model.ModelFiles;
import org.deepgm.parsing.ParsingModel;
import org.deepgm.parsing.TreeText;
import org.deepgm.parsing.Treebank;
import org.deepgm.segmentation.SegmentationModel;
import org.deepgm.tagging.FeatureTemplates;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingModel;
import org.deepgm.text.TextEncoding;
import org.deepgm.transcription.FrameSource;
import org.deepgm.transcription.SymbolSet;
import org.deepgm.transcription.TranscriptionModel;

/** Readers of files that need no Spark and no storage. */
public final class FormatTargets implements Fuzz.Targets {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ImageDecoder DECODER = new ImageDecoder(1 << 18);
  private static final LabelSet LABELS = Scenes.labels();

  /** Reads bytes. */
  private interface Reader {
    void read(byte[] file) throws Exception;
  }

  private record Simple(
      String name,
      List<byte[]> seeds,
      Reader reader,
      BiFunction<byte[], RandomStream, byte[]> mutator)
      implements Target {
    Simple(String name, List<byte[]> seeds, Reader reader) {
      this(name, seeds, reader, null);
    }

    @Override
    public void read(byte[] file) throws Exception {
      reader.read(file);
    }

    @Override
    public byte[] mutate(byte[] seed, RandomStream random) {
      return mutator == null ? Target.super.mutate(seed, random) : mutator.apply(seed, random);
    }
  }

  @Override
  public List<Target> all() {
    List<Target> all = new ArrayList<>();
    for (String format : List.of("png", "jpeg", "gif", "bmp", "tiff", "webp")) {
      List<byte[]> seeds = pictures(format);
      if (!seeds.isEmpty()) {
        all.add(
            new Simple(
                "image-" + format,
                seeds,
                file -> DECODER.picture(file, "x"),
                mutator(format, seeds)));
      }
    }
    List<byte[]> masks = pictures("mask");
    all.add(new Simple("mask", masks, f -> DECODER.mask(f, LABELS, "x"), mutator("png", masks)));
    all.add(new Simple("labels", List.of(LABELS.toJson(), IGNORED), f -> LabelSet.parse(f, "x")));
    all.add(text("uai", UAI, text -> network(text)));
    all.add(text("uai-evidence", EVIDENCE, text -> UaiFormat.evidence(text, "x")));
    all.add(text("trees", TREES, FormatTargets::trees));
    all.add(text("sentences", SENTENCES, text -> text.lines().forEach(l -> words(l))));
    all.add(text("tagging-columns", COLUMNS, text -> tagging(text, columns())));
    all.add(text("tagging-letters", LETTERS, text -> tagging(text, letters())));
    all.add(text("dictionary", DICTIONARY, text -> SymbolSet.ofDictionary(text, "x")));
    FrameSource wav = new FrameSource(FrameSource.Kind.WAV, 8000, 20, 0, true);
    FrameSource cepstra = new FrameSource(FrameSource.Kind.CEPSTRA, 8000, 20);
    all.add(new Simple("wav", sounds(), f -> wav.frames(List.of(f), 0, List.of("x"))));
    all.add(
        new Simple("cepstra", cepstraFiles(), f -> cepstra.frames(List.of(f), 0, List.of("x"))));
    all.add(
        model("model-segmentation", "model-v1", s -> SegmentationModel.decode(s, "x").segmenter()));
    all.add(model("model-tagging", "tagging-v1", s -> TaggingModel.decode(s, "x").tagger()));
    all.add(
        model(
            "model-transcription",
            "transcription-v1",
            s -> TranscriptionModel.decode(s, "x").transcriber()));
    all.add(model("model-parsing", "parsing-v1", s -> ParsingModel.decode(s, "x").parser()));
    return all;
  }

  private static void network(String text) {
    FactorGraph graph = UaiFormat.network(text, "x");
    graph.score(new int[graph.size()]);
  }

  private static void trees(String text) {
    Iterator<TreeText.Piece> pieces = new TreeText(text, "x");
    while (pieces.hasNext()) {
      TreeText.Piece piece = pieces.next();
      if (piece.fault() == null) {
        Objects.requireNonNull(Treebank.tree(piece.text(), "x", 300).toString());
      }
    }
  }

  private static void words(String line) {
    Treebank.words(line, "x", 300);
  }

  private static void tagging(String text, TaggingFormat format) {
    for (TaggingFormat.Block block : format.cut(text)) {
      format.read("x", block.text(), true);
      format.read("x", block.text(), false);
    }
  }

  private static TaggingFormat columns() {
    return new TaggingFormat(
        TaggingFormat.Kind.COLUMNS,
        new FeatureTemplates(
            List.of("word", "pos", "label"), List.of("word[0]", "pos[-1] pos[0]"), 100));
  }

  private static TaggingFormat letters() {
    return new TaggingFormat(
        TaggingFormat.Kind.LETTERS, new FeatureTemplates(List.of("label"), List.of(), 100));
  }

  /** Reads text as all text is read. */
  private static Target text(String name, String[] seeds, java.util.function.Consumer<String> use) {
    List<byte[]> files = Stream.of(seeds).map(s -> s.getBytes(StandardCharsets.UTF_8)).toList();
    return new Simple(name, files, f -> use.accept(TextEncoding.UTF_8.decode(f, "x")));
  }

  // Pictures.

  private static List<byte[]> pictures(String format) {
    try {
      List<byte[]> out = new ArrayList<>();
      switch (format) {
        case "webp" -> {
          Path cases = Path.of("../shared/cases/images/ext/images/s0.webp");
          for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            Path found = up.resolve("shared/cases/images/ext/images/s0.webp");
            cases = Files.exists(found) ? found : cases;
          }
          if (Files.exists(cases)) {
            out.add(Files.readAllBytes(cases));
          }
        }
        case "mask" -> {
          byte[] ids = {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 4, 4};
          out.add(
              org.deepgm.image.ImageEncoder.mask(new org.deepgm.image.LabelMap(3, 4, ids), LABELS));
          out.add(encode(BufferedImage.TYPE_BYTE_GRAY, "png"));
          // Gray 0 only: a label.
          out.remove(1);
        }
        case "tiff" -> {
          out.add(encode(BufferedImage.TYPE_3BYTE_BGR, "tiff"));
          out.add(encode(BufferedImage.TYPE_USHORT_GRAY, "tiff"));
          out.add(encode(BufferedImage.TYPE_BYTE_BINARY, "tiff"));
          out.add(encode(BufferedImage.TYPE_BYTE_INDEXED, "tiff"));
        }
        case "gif" -> out.add(encode(BufferedImage.TYPE_BYTE_INDEXED, "gif"));
        case "png" -> {
          out.add(encode(BufferedImage.TYPE_3BYTE_BGR, "png"));
          out.add(encode(BufferedImage.TYPE_4BYTE_ABGR, "png"));
          out.add(encode(BufferedImage.TYPE_USHORT_GRAY, "png"));
          out.add(encode(BufferedImage.TYPE_BYTE_INDEXED, "png"));
        }
        default -> {
          out.add(encode(BufferedImage.TYPE_3BYTE_BGR, format));
          out.add(encode(BufferedImage.TYPE_BYTE_GRAY, format));
        }
      }
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] encode(int type, String format) throws IOException {
    BufferedImage image =
        type == BufferedImage.TYPE_BYTE_INDEXED
            ? new BufferedImage(13, 9, type, palette())
            : new BufferedImage(13, 9, type);
    for (int i = 0; i < 13 * 9; i++) {
      image.setRGB(i % 13, i / 13, i * 7919 * 131 | 0xFF000000);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, format, out);
    return out.toByteArray();
  }

  private static IndexColorModel palette() {
    byte[] values = new byte[16];
    for (int i = 0; i < 16; i++) {
      values[i] = (byte) (17 * i);
    }
    return new IndexColorModel(4, 16, values, values, values.clone());
  }

  private static BiFunction<byte[], RandomStream, byte[]> mutator(
      String format, List<byte[]> seeds) {
    return switch (format) {
      case "png" -> (seed, random) -> chunksFit(Mutator.mutate(seed, seeds, random), random);
      case "tiff" ->
          (seed, random) ->
              random.nextInt(2) == 0
                  ? Mutator.mutate(seed, seeds, random)
                  : tags(seed.clone(), random);
      default -> (seed, random) -> Mutator.mutate(seed, seeds, random);
    };
  }

  /** Makes the checksums of a PNG's chunks fit, mostly. */
  private static byte[] chunksFit(byte[] png, RandomStream random) {
    if (random.nextInt(4) == 0) {
      return png;
    }
    ByteBuffer file = ByteBuffer.wrap(png);
    for (int at = 8; at + 12 <= png.length; ) {
      int length = file.getInt(at);
      if (length < 0 || length > png.length - at - 12) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(png, at + 4, 4 + length);
      file.putInt(at + 8 + length, (int) crc.getValue());
      at += 12 + length;
    }
    return png;
  }

  /** Changes fields of a TIFF's directory. */
  private static byte[] tags(byte[] tiff, RandomStream random) {
    ByteBuffer file = ByteBuffer.wrap(tiff);
    file.order(tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int at = file.getInt(4);
    int count = file.getShort(at) & 0xFFFF;
    int[] tags = {
      256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 330,
      338, 339, 347, 34665
    };
    int[] values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 255, 65535, 32773, 50000, 1 << 20, -1};
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int entry = at + 2 + 12 * random.nextInt(count);
      switch (random.nextInt(4)) {
        case 0 -> file.putShort(entry, (short) tags[random.nextInt(tags.length)]);
        case 1 -> file.putShort(entry + 2, (short) random.nextInt(20));
        case 2 -> file.putInt(entry + 4, values[random.nextInt(values.length)]);
        default -> {
          int value = values[random.nextInt(values.length)];
          if (random.nextInt(2) == 0) {
            file.putInt(entry + 8, value);
          } else {
            file.putShort(entry + 8, (short) value);
          }
        }
      }
    }
    return tiff;
  }

  // Sound.

  private static List<byte[]> sounds() {
    List<byte[]> out = new ArrayList<>();
    for (int[] kind :
        new int[][] {{1, 1, 16, 8000}, {3, 1, 32, 8000}, {7, 1, 8, 8000}, {1, 1, 24, 11025}}) {
      int bytes = 200 * kind[2] / 8;
      ByteBuffer wav = ByteBuffer.allocate(44 + bytes).order(ByteOrder.LITTLE_ENDIAN);
      wav.put("RIFF".getBytes(StandardCharsets.UTF_8))
          .putInt(36 + bytes)
          .put("WAVEfmt ".getBytes(StandardCharsets.UTF_8))
          .putInt(16);
      wav.putShort((short) kind[0]).putShort((short) kind[1]).putInt(kind[3]);
      wav.putInt(kind[3] * kind[2] / 8).putShort((short) (kind[2] / 8)).putShort((short) kind[2]);
      wav.put("data".getBytes(StandardCharsets.UTF_8)).putInt(bytes);
      out.add(wav.array());
    }
    return out;
  }

  private static List<byte[]> cepstraFiles() {
    ByteBuffer out = ByteBuffer.allocate(4 + 4 * 26).putInt(26);
    for (int i = 0; i < 26; i++) {
      out.putFloat(i - 13);
    }
    return List.of(out.array());
  }

  // Models: both files in one, the checksums made to fit.

  private interface Use {
    void of(ModelFiles.Source source);
  }

  private static Target model(String name, String folder, Use use) {
    byte[] json = resource(folder, ModelFiles.DESCRIPTION);
    byte[] binary = resource(folder, ModelFiles.PARAMETERS);
    return new Simple(
        name,
        List.of(Mutator.join(length(json.length), Mutator.join(json, binary))),
        file -> {
          int cut = file.length < 4 ? 0 : Math.max(0, ByteBuffer.wrap(file).getInt());
          int at = Math.min(file.length, 4 + Math.min(cut, file.length));
          byte[] description = java.util.Arrays.copyOfRange(file, Math.min(4, file.length), at);
          byte[] parameters = java.util.Arrays.copyOfRange(file, at, file.length);
          use.of(f -> f.equals(ModelFiles.DESCRIPTION) ? description : parameters);
        },
        (seed, random) -> signed(json, binary, random));
  }

  private static byte[] resource(String folder, String name) {
    // Of the other module's tests, where both are built.
    Path file = Path.of("../common/src/test/resources").resolve(folder).resolve(name);
    Path here = Files.exists(file) ? file : Path.of("common/src/test/resources", folder, name);
    try {
      return Files.readAllBytes(here);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] length(int n) {
    return ByteBuffer.allocate(4).putInt(n).array();
  }

  /** Changes values of the description, or bytes of either file, and signs both again, mostly. */
  private static byte[] signed(byte[] json, byte[] binary, RandomStream random) {
    try {
      byte[] parameters = binary.clone();
      byte[] description = json;
      if (random.nextInt(3) == 0) {
        parameters = Mutator.mutate(parameters, List.of(binary), random);
      }
      ObjectNode root;
      if (random.nextInt(5) == 0) {
        description = Mutator.mutate(json, List.of(json), random);
        try {
          root = (ObjectNode) MAPPER.readTree(description);
        } catch (IOException | ClassCastException e) {
          return Mutator.join(length(description.length), Mutator.join(description, parameters));
        }
      } else {
        root = (ObjectNode) MAPPER.readTree(json);
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
          change(root, random);
        }
      }
      if (random.nextInt(8) > 0 && root.path("parameters") instanceof ObjectNode of) {
        of.put("sha256", ModelFiles.sha256(parameters));
      }
      if (random.nextInt(8) > 0 && !root.isEmpty()) {
        root.remove("checksum");
        byte[] text = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
        byte[] plain = MAPPER.writeValueAsBytes(MAPPER.readTree(text));
        root.put("checksum", ModelFiles.sha256(plain));
        description = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
      }
      return Mutator.join(length(description.length), Mutator.join(description, parameters));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes one value somewhere in a tree of JSON. */
  static void change(JsonNode root, RandomStream random) {
    JsonNode at = root;
    while (true) {
      List<String> names = new ArrayList<>();
      at.fieldNames().forEachRemaining(names::add);
      int size = at.isArray() ? at.size() : names.size();
      if (size == 0) {
        return;
      }
      int i = random.nextInt(size);
      JsonNode next = at.isArray() ? at.get(i) : at.get(names.get(i));
      if (next.isContainerNode() && next.size() > 0 && random.nextInt(5) > 0) {
        at = next;
        continue;
      }
      JsonNode value = value(next, random);
      if (at instanceof ArrayNode array) {
        if (value == null) {
          array.remove(i);
        } else {
          array.set(i, value);
        }
      } else if (value == null) {
        ((ObjectNode) at).remove(names.get(i));
      } else {
        ((ObjectNode) at).set(names.get(i), value);
      }
      return;
    }
  }

  private static JsonNode value(JsonNode old, RandomStream random) {
    double[] numbers = {
      0,
      1,
      -1,
      2,
      3,
      100,
      255,
      256,
      1024,
      65536,
      1 << 24,
      Integer.MAX_VALUE,
      -2147483648.0,
      1e10,
      1e300,
      -0.5,
      0.5
    };
    return switch (random.nextInt(9)) {
      case 0 -> null;
      case 1 -> MAPPER.nullNode();
      case 2 -> MAPPER.getNodeFactory().textNode(random.nextInt(2) == 0 ? "NaN" : "\u202e../x");
      case 3 -> MAPPER.createObjectNode();
      case 4 -> MAPPER.createArrayNode().add(old.deepCopy()).add(old.deepCopy());
      case 5 -> MAPPER.getNodeFactory().booleanNode(random.nextInt(2) == 0);
      case 6 -> MAPPER.getNodeFactory().numberNode(numbers[random.nextInt(numbers.length)]);
      default ->
          MAPPER
              .getNodeFactory()
              .numberNode((int) Math.max(-2e9, Math.min(2e9, numbers[random.nextInt(14)])));
    };
  }

  private static final byte[] IGNORED =
      ("{\"classes\": [{\"id\": 7, \"name\": \"a\", \"color\": [1, 2, 3]}, {\"id\": 300, \"name\":"
              + " \"b\"}], \"ignore\": [255, [9, 9, 9], \"transparent\"]}")
          .getBytes(StandardCharsets.UTF_8);

  private static final String[] UAI = {
    "MARKOV\n3\n2 2 3\n2\n2 0 1\n2 1 2\n4\n1.0 0.5 1e-3 2\n6 1 1 1 0 0 1\n",
    "BAYES # a comment\n2\n2 2\n2\n1 0\n2 0 1\n2 .4 .6\n4 .1 .9 .8 .2\n"
  };

  private static final String[] EVIDENCE = {"2 0 1 1 0\n", "2\n1 0 1\n0\n", "0\n"};

  private static final String[] TREES = {
    "# comment\n( (S (NP-SBJ (DT the) (NN dog)) (VP (VBD saw) (NP (-NONE- *)) (NP (PRP it)))))\n",
    "(TOP (S\n  (NP (NN a))\n  (VP (VB b))))\n(TOP (NN c)) (TOP (NN d))\n"
  };

  private static final String[] SENTENCES = {"the dog saw it .\n( it )\n", "a\tb  c\n"};

  private static final String[] COLUMNS = {
    "the DT B-NP\ndog NN I-NP\n\nran VBD O\n", "a b c\r\nd e f\r\n\r\n"
  };

  private static final String[] LETTERS = {
    "1\t0\tab\t" + "0f".repeat(16) + " " + "f0".repeat(16) + "\n"
  };

  private static final String[] DICTIONARY = {
    "AB  AH B\nAB(2)  EY B\n# no word\n", "A 1 AH0\nBE 2 B IY1\n"
  };
}
