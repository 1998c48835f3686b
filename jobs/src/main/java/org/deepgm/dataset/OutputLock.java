package org.deepgm.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.deepgm.fault.InputException;

/**
 * An output directory for one run alone: a second one refuses, a killed one blocks nobody.
 *
 * <p>On a local disk the operating system's lock of the file {@code .lock}, which ends with its
 * process. Elsewhere a lease: the object {@code _lease} with an owner and a count that a thread
 * raises every {@value #BEAT_SECONDS} s; whoever finds that it has stood still for {@value
 * #PATIENCE_SECONDS} s takes it over.
 */
public final class OutputLock implements AutoCloseable {
  static final int BEAT_SECONDS = 8;
  static final int PATIENCE_SECONDS = 30;

  private static final int POLL_SECONDS = 2;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Storage storage;
  private final String directory;
  private final FileChannel channel;
  private final String owner = UUID.randomUUID().toString();
  private Thread heart;
  private long beat;
  private volatile boolean lost;
  private volatile boolean closed;

  private OutputLock(Storage storage, String directory, FileChannel channel) {
    this.storage = storage;
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Takes a directory, which is made where it is not there.
   *
   * @param tell is told when there is something to wait for
   * @throws InputException if another run has it
   */
  public static OutputLock take(Storage storage, String directory, Consumer<String> tell) {
    Path local = storage.local(directory);
    return local != null ? lock(storage, directory, local) : lease(storage, directory, tell);
  }

  private static OutputLock lock(Storage storage, String directory, Path folder) {
    FileChannel channel = null;
    try {
      Files.createDirectories(folder);
      channel =
          FileChannel.open(
              folder.resolve(".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new OutputLock(storage, directory, channel);
      }
      channel.close();
    } catch (OverlappingFileLockException e) {
      // Held by this process.
      closeQuietly(channel);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new InputException(directory + " cannot be written: " + e.getMessage(), e);
    }
    throw inUse(directory);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The refusal is what is reported.
    }
  }

  private static InputException inUse(String directory) {
    return new InputException(directory + ": expected it free, found another run at work in it");
  }

  private static OutputLock lease(Storage storage, String directory, Consumer<String> tell) {
    OutputLock lock = new OutputLock(storage, directory, null);
    String found = lock.read();
    if (found != null) {
      tell.accept(
          directory + ": waiting up to " + PATIENCE_SECONDS + " s for a sign of the run before");
    }
    boolean gone = false;
    for (int waited = 0; found != null && waited < PATIENCE_SECONDS; waited += POLL_SECONDS) {
      pause(POLL_SECONDS);
      String now = lock.read();
      if (now == null) {
        // Where a file is replaced in two steps it may be missed once.
        if (gone) {
          break;
        }
        gone = true;
      } else if (!now.equals(found)) {
        throw inUse(directory);
      } else {
        gone = false;
      }
    }
    lock.write();
    // Two that begin at once both write; the last one has it.
    pause(POLL_SECONDS);
    if (!lock.holds()) {
      throw inUse(directory);
    }
    lock.heart = new Thread(lock::keep, "lease of " + directory);
    lock.heart.setDaemon(true);
    lock.heart.start();
    return lock;
  }

  private static void pause(int seconds) {
    try {
      TimeUnit.SECONDS.sleep(seconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException("interrupted while waiting for a lease", e);
    }
  }

  private String path() {
    return directory + "/_lease";
  }

  private String read() {
    return storage.exists(path()) ? new String(storage.read(path()), StandardCharsets.UTF_8) : null;
  }

  private void write() {
    String text =
        MAPPER.createObjectNode().put("owner", owner).put("beat", beat++).toPrettyString();
    storage.write(path(), text.getBytes(StandardCharsets.UTF_8));
  }

  private boolean holds() {
    try {
      String found = read();
      JsonNode node = found == null ? null : MAPPER.readTree(found);
      return node != null && node.path("owner").asText().equals(owner);
    } catch (IOException e) {
      return false;
    }
  }

  private void keep() {
    while (!closed) {
      try {
        TimeUnit.SECONDS.sleep(BEAT_SECONDS);
        if (!closed && !holds()) {
          lost = true;
          return;
        }
        if (!closed) {
          write();
        }
      } catch (InterruptedException e) {
        return;
      } catch (InputException e) {
        // The store does not answer: the next beat tries again, and the run's own writes report it.
        continue;
      }
    }
  }

  /**
   * Before something is written that another run must not overwrite.
   *
   * @throws InputException if another run has taken the directory over
   */
  public void check() {
    if (lost) {
      throw new InputException(
          directory + ": another run took it over, since this one stood still; it ends here");
    }
  }

  @Override
  public void close() {
    closed = true;
    closeQuietly(channel);
    if (heart != null) {
      heart.interrupt();
      try {
        heart.join(TimeUnit.SECONDS.toMillis(BEAT_SECONDS));
        if (!lost && holds()) {
          storage.delete(path());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (InputException e) {
        // A lease that stays is taken over when it has stood still.
      }
    }
  }
}
