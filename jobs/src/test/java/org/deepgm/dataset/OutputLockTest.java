package org.deepgm.dataset;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.deepgm.fault.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One run at a time in a folder of this machine. */
class OutputLockTest {
  @TempDir Path work;

  @Test
  void aSecondHolderIsRefusedUntilTheFirstLetsGo() {
    Storage storage = new Storage(new Configuration());
    String folder = work.resolve("run").toString();
    OutputLock first = OutputLock.take(storage, folder, m -> {});
    first.check();
    InputException e =
        assertThrows(InputException.class, () -> OutputLock.take(storage, folder, m -> {}));
    assertTrue(e.getMessage().startsWith(folder), e.getMessage());
    first.close();
    OutputLock next = OutputLock.take(storage, folder, m -> {});
    next.check();
    next.close();
  }
}
