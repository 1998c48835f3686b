package org.deepgm.ml;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.deepgm.task.segmentation.ImageStructs;

/** The columns that a model adds, as Params of the estimator and of the model alike. */
final class Columns implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Param<String> predictionCol;
  private final Param<String> probabilityCol;
  private final Param<String> entropyCol;

  Columns(String uid) {
    predictionCol =
        new Param<>(
            uid,
            "predictionCol",
            "Column of predicted masks, images of one channel that hold class ids.");
    probabilityCol =
        new Param<>(
            uid,
            "probabilityCol",
            "Column of marginals, an array of L * height * width floats, class after class, row"
                + " after row. Empty: none.");
    entropyCol =
        new Param<>(
            uid,
            "entropyCol",
            "Column of every pixel's entropy, nats, an array of height * width floats. Empty: none.");
  }

  Param<String> predictionCol() {
    return predictionCol;
  }

  Param<String> probabilityCol() {
    return probabilityCol;
  }

  Param<String> entropyCol() {
    return entropyCol;
  }

  List<Param<String>> all() {
    return List.of(predictionCol, probabilityCol, entropyCol);
  }

  void copyTo(FieldSegmenterModel model, Params from) {
    model.setPredictionCol(from.getOrDefault(predictionCol));
    model.setProbabilityCol(from.getOrDefault(probabilityCol));
    model.setEntropyCol(from.getOrDefault(entropyCol));
  }

  /** The schema with what is added; a column that is there already is refused by name. */
  StructType append(StructType schema, Params values) {
    StructType out = schema;
    for (Param<String> param : all()) {
      String name = values.getOrDefault(param);
      if (name.isEmpty()) {
        continue;
      }
      if (Arrays.stream(out.fieldNames()).anyMatch(name::equalsIgnoreCase)) {
        throw new IllegalArgumentException(
            "Expected no column " + name + " yet (" + param.name() + "), found one");
      }
      out =
          out.add(
              name,
              param.equals(predictionCol)
                  ? ImageStructs.schema()
                  : DataTypes.createArrayType(DataTypes.FloatType, false),
              false);
    }
    return out;
  }
}
