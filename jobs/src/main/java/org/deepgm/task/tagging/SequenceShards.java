package org.deepgm.task.tagging;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.dataset.RecordId;
import org.deepgm.dataset.Source;
import org.deepgm.fault.InputException;
import org.deepgm.fault.RecordException;
import org.deepgm.shards.Packing;
import org.deepgm.shards.Shards;
import org.deepgm.tagging.TaggingFormat;
import org.deepgm.tagging.TaggingFormat.Sequence;
import org.deepgm.task.Setup;

/**
 * Packed sequences: Parquet files with the text of one a row, checked, and {@code _sequences.json}
 * beside them, which says how it is read.
 *
 * <p>Columns: order (place among all), id, text (as it stood in its file).
 *
 * @param format of the text
 */
record SequenceShards(TaggingFormat format) implements Packing<Sequence> {
  private static final String DESCRIPTION = "sequences.json";
  private static final int VERSION = 1;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final StructType SCHEMA =
      new StructType()
          .add(Shards.ORDER, DataTypes.LongType, false)
          .add("id", DataTypes.StringType, false)
          .add("text", DataTypes.StringType, false);

  @Override
  public StructType schema() {
    return SCHEMA;
  }

  @Override
  public Object[] cells(Sequence s) {
    return new Object[] {s.id(), s.text()};
  }

  @Override
  public long bytes(Sequence s) {
    return s.text().length();
  }

  @Override
  public Map<String, byte[]> files() {
    try {
      ObjectNode node = MAPPER.createObjectNode().put("version", VERSION);
      node.put("format", format.kind().name().toLowerCase(java.util.Locale.ROOT));
      format.templates().columns().forEach(node.putArray("columns")::add);
      return Map.of(DESCRIPTION, MAPPER.writeValueAsBytes(node));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The sequences of shards, in order. */
  static Source<Sequence> source(Setup setup, String folder, TaggingFormat format, boolean gold) {
    String path = Shards.beside(setup.storage(), folder, DESCRIPTION);
    try {
      Source<Sequence> shards =
          Shards.ordered(
              setup.spark(),
              setup.storage(),
              folder,
              SCHEMA,
              setup.settings().reading().toString(),
              row -> sequence(row, format, gold));
      var found = MAPPER.readTree(setup.storage().read(path));
      String kind = format.kind().name().toLowerCase(java.util.Locale.ROOT);
      List<String> columns = new ArrayList<>();
      found.path("columns").forEach(column -> columns.add(column.asText()));
      if (found.path("version").asInt() != VERSION
          || !found.path("format").asText().equals(kind)
          || !format.templates().columns().equals(columns)) {
        throw new InputException(
            path
                + ": expected version "
                + VERSION
                + ", "
                + kind
                + " of "
                + format.templates().columns()
                + ", found "
                + found);
      }
      return shards;
    } catch (IOException | IllegalArgumentException e) {
      throw new InputException(
          path + ": " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
  }

  static Sequence sequence(Row row, TaggingFormat format, boolean gold) {
    String id = RecordId.checkName(row.isNullAt(1) ? null : row.getString(1));
    String text = row.isNullAt(2) ? null : row.getString(2);
    Sequence found = text == null ? null : format.read(id, text, gold);
    if (found == null) {
      throw new RecordException(
          RecordException.Kind.MALFORMED, id + ": expected a sequence in the shards, found none");
    }
    return found;
  }
}
