package org.deepgm.dataset;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.factories.SerializerFactory;
import com.esotericsoftware.kryo.serializers.FieldSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoRegistrator;
import org.deepgm.fault.InputException;

/**
 * Lets Kryo write what it cannot write itself: records, and the unmodifiable collections of {@code
 * List.of}. Java's own serialization writes them instead, as it does without Kryo.
 */
public final class KryoRecords implements KryoRegistrator {
  private static final String SERIALIZER = "spark.serializer";
  private static final String REGISTRATOR = "spark.kryo.registrator";
  private static final String KRYO = "org.apache.spark.serializer.KryoSerializer";

  @Override
  public void registerClasses(Kryo kryo) {
    kryo.addDefaultSerializer(java.lang.Record.class, JavaSerializer.class);
    kryo.setDefaultSerializer(new Factory());
    for (Class<?> type :
        new Class<?>[] {
          java.util.List.of(1).getClass(),
          java.util.List.of(1, 2, 3).getClass(),
          java.util.Set.of(1).getClass(),
          java.util.Set.of(1, 2, 3).getClass(),
          java.util.Map.of(1, 1).getClass(),
          java.util.Map.of(1, 1, 2, 2).getClass(),
          java.util.Collections.unmodifiableList(new java.util.ArrayList<>()).getClass()
        }) {
      kryo.addDefaultSerializer(type, JavaSerializer.class);
    }
  }

  /** Java's serialization for our own types, which it suits; Kryo's for all others. */
  private static final class Factory implements SerializerFactory {
    @Override
    @SuppressWarnings("rawtypes")
    public Serializer makeSerializer(Kryo kryo, Class<?> type) {
      boolean ours =
          Serializable.class.isAssignableFrom(type) && type.getName().startsWith("org.deepgm.");
      return ours ? new JavaSerializer() : new FieldSerializer<>(kryo, type);
    }
  }

  /** Adds this to the settings of a session that is yet to be opened, where it uses Kryo. */
  public static void configure(SparkConf conf) {
    if (conf.get(SERIALIZER, "").equals(KRYO) && !configured(conf)) {
      String others = conf.get(REGISTRATOR, "");
      conf.set(REGISTRATOR, (others.isEmpty() ? "" : others + ",") + KryoRecords.class.getName());
    }
  }

  private static boolean configured(SparkConf conf) {
    return Arrays.asList(conf.get(REGISTRATOR, "").split(","))
        .contains(KryoRecords.class.getName());
  }

  /**
   * Checks a session that is open.
   *
   * @throws InputException if it uses Kryo without this
   */
  public static void check(SparkConf conf) {
    if (conf.get(SERIALIZER, "").equals(KRYO) && !configured(conf)) {
      throw new InputException(
          "Expected "
              + REGISTRATOR
              + " = "
              + KryoRecords.class.getName()
              + " in a session with "
              + SERIALIZER
              + " = "
              + KRYO
              + ", found "
              + conf.get(REGISTRATOR, "none"));
    }
  }
}
