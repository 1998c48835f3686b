package org.deepgm.cli;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.service.launcher.IrqHandler;

/**
 * Asks a training run to stop at the next step when the process is told to end (SIGTERM, or SIGINT
 * as by Ctrl-C): the run then writes a checkpoint and the same command goes on from there. A second
 * signal, one before the first step or after the last, or a step that takes longer than {@value
 * #PATIENCE_SECONDS} seconds end the process at once; the checkpoints that were written stay good.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;
  private static final List<String> SIGNALS = List.of("TERM", "INT");

  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean underWay;

  /** Listens from now on. */
  StopSignal() {
    for (String signal : SIGNALS) {
      try {
        new IrqHandler(signal, data -> onSignal(data.getNumber())).bind();
      } catch (IllegalArgumentException e) {
        // The JVM keeps the signal to itself (-Xrs): it then ends the process as it always does.
        continue;
      }
    }
  }

  private void onSignal(int number) {
    if (!underWay || asked.incrementAndGet() > 1) {
      Runtime.getRuntime().halt(128 + number);
    }
    System.err.println("deepgm train: told to end; stopping after this step");
    Thread limit =
        new Thread(
            () -> {
              try {
                Thread.sleep(1000L * PATIENCE_SECONDS);
                if (underWay) {
                  Runtime.getRuntime().halt(128 + number);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stop-limit");
    limit.setDaemon(true);
    limit.start();
  }

  @Override
  public boolean getAsBoolean() {
    // Asked before every step: from the first time on a run is under way.
    underWay = true;
    return asked.get() > 0;
  }

  @Override
  public void close() {
    underWay = false;
  }
}
