package io.sandjar.runtime.state;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Brings files to the disk a little after they were written, so that nobody waits for it: a power
 * cut takes what was written in the last second at most. What is removed before its turn costs no
 * fsync at all. And takes folders from it that nobody needs any more.
 */
public final class DiskSync implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(DiskSync.class.getName());
  private static final long DELAY_SECONDS = 1;

  private final Executor soon;
  private final ConcurrentHashMap<Object, Files> waiting = new ConcurrentHashMap<>();
  private final Garbage garbage;

  /**
   * @param workers do the work, which may block
   */
  public DiskSync(Executor workers) {
    this.soon = CompletableFuture.delayedExecutor(DELAY_SECONDS, TimeUnit.SECONDS, workers);
    this.garbage = new Garbage(workers, FolderTree::delete);
  }

  /** What brings the files of one key to the disk. */
  @FunctionalInterface
  public interface Files {
    void sync() throws IOException;
  }

  /** Does it soon, once for all that asked with this key until then. */
  public void later(Object key, Files files) {
    if (waiting.put(key, files) == null) {
      soon.execute(() -> quietly(key));
    }
  }

  /** Does at once what is still to be done for the key. */
  public void now(Object key) throws IOException {
    Files files = waiting.remove(key);
    if (files != null) {
      files.sync();
    }
  }

  /** What the key's files were is gone: nothing is to be done for it any more. */
  public void forget(Object key) {
    waiting.remove(key);
  }

  /** Deletes a folder that has been moved out of everybody's sight. */
  public void delete(Path folder) {
    garbage.add(folder);
  }

  /** Does at once all that is still to be done. */
  @Override
  public void close() {
    waiting.keySet().forEach(this::quietly);
    garbage.close();
  }

  private void quietly(Object key) {
    try {
      now(key);
    } catch (NoSuchFileException gone) {
      // Removed meanwhile.
    } catch (IOException failed) {
      LOG.log(
          Level.WARNING,
          "cannot bring the record of {0} to the disk: {1}; a power cut now may lose it",
          key,
          failed.getMessage());
    }
  }
}
