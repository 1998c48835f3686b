package org.deepgm.cli;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.service.launcher.IrqHandler;

/**
 * Asks a training run to stop at the next step when the process is told to end (SIGTERM, or SIGINT
 * as by Ctrl-C): the run then writes a checkpoint and the same command goes on from there. A second
 * signal, or one when no run is under way, ends the process at once.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {
  private static final List<String> SIGNALS = List.of("TERM", "INT");

  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean closed;

  /** Listens from now on. */
  StopSignal() {
    for (String signal : SIGNALS) {
      new IrqHandler(signal, data -> onSignal(data.getNumber())).bind();
    }
  }

  private void onSignal(int number) {
    if (closed || asked.incrementAndGet() > 1) {
      Runtime.getRuntime().halt(128 + number);
    }
    System.err.println("deepgm train: told to end; stopping after this step");
  }

  @Override
  public boolean getAsBoolean() {
    return asked.get() > 0;
  }

  @Override
  public void close() {
    closed = true;
  }
}
