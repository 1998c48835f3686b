package org.deepgm.shards;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Rows of flat columns, as Parquet has them: numbers, texts and bytes. */
final class ParquetRows {
  /** By this Spark's reader knows the schema that was meant. */
  private static final String SPARK_SCHEMA = "org.apache.spark.sql.parquet.row.metadata";

  private ParquetRows() {}

  /** The columns in Parquet's words. */
  static MessageType message(StructType schema) {
    List<Type> fields = new ArrayList<>();
    for (StructField field : schema.fields()) {
      Type.Repetition repetition =
          field.nullable() ? Type.Repetition.OPTIONAL : Type.Repetition.REQUIRED;
      Types.PrimitiveBuilder<org.apache.parquet.schema.PrimitiveType> type =
          Types.primitive(primitive(field.dataType()), repetition);
      fields.add(
          field.dataType().equals(DataTypes.StringType)
              ? type.as(LogicalTypeAnnotation.stringType()).named(field.name())
              : type.named(field.name()));
    }
    return new MessageType("spark_schema", fields);
  }

  private static PrimitiveTypeName primitive(DataType type) {
    if (type.equals(DataTypes.LongType)) {
      return PrimitiveTypeName.INT64;
    }
    if (type.equals(DataTypes.IntegerType)) {
      return PrimitiveTypeName.INT32;
    }
    if (type.equals(DataTypes.StringType) || type.equals(DataTypes.BinaryType)) {
      return PrimitiveTypeName.BINARY;
    }
    throw new IllegalArgumentException("Expected numbers, texts or bytes, found " + type);
  }

  /** Writes cells, one array a row. */
  static final class Writing extends WriteSupport<Object[]> {
    private final StructType schema;
    private RecordConsumer consumer;

    Writing(StructType schema) {
      this.schema = schema;
    }

    @Override
    @SuppressWarnings("deprecation") // The one that must be there.
    public WriteContext init(Configuration configuration) {
      return new WriteContext(message(schema), Map.of(SPARK_SCHEMA, schema.json()));
    }

    @Override
    public void prepareForWrite(RecordConsumer to) {
      consumer = to;
    }

    @Override
    public void write(Object[] cells) {
      consumer.startMessage();
      for (int i = 0; i < cells.length; i++) {
        if (cells[i] == null) {
          continue;
        }
        String name = schema.fields()[i].name();
        consumer.startField(name, i);
        if (cells[i] instanceof Long value) {
          consumer.addLong(value);
        } else if (cells[i] instanceof Integer value) {
          consumer.addInteger(value);
        } else if (cells[i] instanceof String value) {
          consumer.addBinary(Binary.fromString(value));
        } else {
          consumer.addBinary(Binary.fromConstantByteArray((byte[]) cells[i]));
        }
        consumer.endField(name, i);
      }
      consumer.endMessage();
    }
  }

  /** Makes rows. */
  static final class Reading extends RecordMaterializer<Row> {
    private final Cells cells;

    Reading(StructType schema) {
      cells = new Cells(schema);
    }

    @Override
    public Row getCurrentRecord() {
      return RowFactory.create(cells.values);
    }

    @Override
    public GroupConverter getRootConverter() {
      return cells;
    }
  }

  private static final class Cells extends GroupConverter {
    private final Converter[] converters;
    private Object[] values;

    Cells(StructType schema) {
      converters = new Converter[schema.size()];
      for (int i = 0; i < converters.length; i++) {
        converters[i] = new Cell(i, schema.fields()[i].dataType().equals(DataTypes.StringType));
      }
    }

    @Override
    public Converter getConverter(int i) {
      return converters[i];
    }

    @Override
    public void start() {
      values = new Object[converters.length];
    }

    @Override
    public void end() {
      // The values are taken by getCurrentRecord.
    }

    private final class Cell extends PrimitiveConverter {
      private final int place;
      private final boolean text;

      Cell(int place, boolean text) {
        this.place = place;
        this.text = text;
      }

      @Override
      public void addBinary(Binary value) {
        values[place] = text ? value.toStringUsingUTF8() : value.getBytes();
      }

      @Override
      public void addInt(int value) {
        values[place] = value;
      }

      @Override
      public void addLong(long value) {
        values[place] = value;
      }
    }
  }
}
