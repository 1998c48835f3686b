package org.deepgm.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deepgm.fault.InputException;
import org.deepgm.image.LabelSet;
import org.deepgm.image.LabelSet.LabelClass;
import org.deepgm.model.ModelFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentationModelTest {
  @TempDir Path directory;

  private static SegmentationModel model() {
    SegmentationSpec spec = SegmentationObjectiveTest.spec(2, false, true);
    InputTables tables = InputTables.identity(spec.inputs());
    tables.mean()[0] = 0.1f;
    return new SegmentationModel(
        spec,
        tables,
        new LabelSet(
            "t",
            List.of(new LabelClass(0, "a", 1), new LabelClass(9, "b", 2)),
            LabelSet.Ignored.NONE),
        SegmentationObjectiveTest.parameters(spec, 4),
        "test",
        "{\"training\":{\"rate\":0.1}}");
  }

  private void write(Map<String, byte[]> files) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue());
    }
  }

  @Test
  void aModelComesBackAsItWas() throws IOException {
    SegmentationModel model = model();
    write(model.encode());
    SegmentationModel loaded = SegmentationModel.load(directory);
    assertEquals(model.spec(), loaded.spec());
    assertEquals(model.labels(), loaded.labels());
    assertEquals(model.training(), loaded.training());
    assertArrayEquals(model.parameters(), loaded.parameters());
    assertArrayEquals(model.tables().mean(), loaded.tables().mean());
    for (Map.Entry<String, byte[]> file : loaded.encode().entrySet()) {
      assertArrayEquals(model.encode().get(file.getKey()), file.getValue());
    }
  }

  @Test
  void theModelOfVersionOneLoadsForEver() throws Exception {
    Path golden = Path.of(getClass().getResource("/model-v1/model.json").toURI()).getParent();
    SegmentationModel model = SegmentationModel.load(golden);
    assertEquals(2, model.labels().size());
    assertEquals(model().parameters()[5], model.parameters()[5]);
    byte[] labels =
        model.segmenter().label(SegmentationObjectiveTest.example(3, 4, 6, 2, 0).image()).labels();
    assertEquals("000000000000000000000001", text(labels));
  }

  private static String text(byte[] labels) {
    StringBuilder out = new StringBuilder();
    for (byte label : labels) {
      out.append(label);
    }
    return out.toString();
  }

  @Test
  void whatIsDamagedDoesNotLoad() throws IOException {
    Map<String, byte[]> files = model().encode();
    String json = new String(files.get(ModelFiles.DESCRIPTION), StandardCharsets.UTF_8);
    byte[] binary = files.get(ModelFiles.PARAMETERS);
    byte[] flipped = binary.clone();
    flipped[40] ^= 1;
    assertBroken("parameters.bin", json, Arrays.copyOf(binary, binary.length - 4));
    assertBroken("altered", json, flipped);
    assertBroken("altered", json.replace("\"rate\" : 0.1", "\"rate\" : 0.2"), binary);
    assertBroken("newer", json.replace("\"version\" : 1", "\"version\" : 2"), binary);
    assertBroken("truncated", json.substring(0, json.length() / 2), binary);
    assertBroken("a deepgm model", "{}", binary);
    Files.delete(directory.resolve(ModelFiles.DESCRIPTION));
    InputException e = assertThrows(InputException.class, () -> SegmentationModel.load(directory));
    assertTrue(e.getMessage().contains("found no model.json"), e.getMessage());
  }

  private void assertBroken(String message, String json, byte[] binary) throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    files.put(ModelFiles.DESCRIPTION, json.getBytes(StandardCharsets.UTF_8));
    files.put(ModelFiles.PARAMETERS, binary);
    write(files);
    InputException e = assertThrows(InputException.class, () -> SegmentationModel.load(directory));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
