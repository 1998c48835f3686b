package org.deepgm.math;

import java.util.function.Supplier;

/** Takes the vector kernels where the incubator module is in the JVM, else the plain ones. */
final class KernelChoice {
  private static final Supplier<Kernels> BEST = choose();

  private KernelChoice() {}

  static Kernels create() {
    return BEST.get();
  }

  private static Supplier<Kernels> choose() {
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    if (!present || Boolean.getBoolean("deepgm.kernels.plain")) {
      return PlainKernels::new;
    }
    try {
      // The class is compiled apart from the rest, so that nothing here may name it.
      Class<?> type = Class.forName("org.deepgm.math.VectorKernels$Factory");
      @SuppressWarnings("unchecked")
      Supplier<Kernels> factory = (Supplier<Kernels>) type.getDeclaredConstructor().newInstance();
      factory.get();
      return factory;
    } catch (ReflectiveOperationException | LinkageError e) {
      return PlainKernels::new;
    }
  }
}
