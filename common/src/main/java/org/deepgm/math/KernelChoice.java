package org.deepgm.math;

import java.util.function.Supplier;

/** Takes the vector kernels where the incubator module is in the JVM, else the plain ones. */
final class KernelChoice {
  private static final Supplier<Kernels> BEST = choose("VectorKernels", PlainKernels::new);
  private static final Supplier<DoubleKernels> BEST_DOUBLE =
      choose("VectorDoubleKernels", PlainDoubleKernels::new);
  private static final Supplier<SpanKernels> BEST_SPANS =
      choose("VectorSpanKernels", PlainSpanKernels::new);

  private KernelChoice() {}

  static Kernels create() {
    return BEST.get();
  }

  /** Whether the kernels have 32 vector registers to hold a block in. */
  static boolean wide() {
    return BEST.get().name().equals("vector-512");
  }

  static DoubleKernels createDouble() {
    return BEST_DOUBLE.get();
  }

  static SpanKernels createSpans() {
    return BEST_SPANS.get();
  }

  private static <K> Supplier<K> choose(String name, Supplier<K> plain) {
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    if (!present || Boolean.getBoolean("deepgm.kernels.plain")) {
      return plain;
    }
    try {
      // The classes are compiled apart from the rest, so that nothing here may name them.
      Class<?> type = Class.forName("org.deepgm.math." + name + "$Factory");
      @SuppressWarnings("unchecked")
      Supplier<K> factory = (Supplier<K>) type.getDeclaredConstructor().newInstance();
      return factory.get() == null ? plain : factory;
    } catch (ReflectiveOperationException | LinkageError e) {
      return plain;
    }
  }
}
