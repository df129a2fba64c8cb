package io.sandjar.runtime.image.content;

import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.TreeRemoval;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The folder of what is on its way into the store, and out of it. Downloads that can be resumed
 * stay in it over a restart; all else that a crash leaves there is garbage.
 */
public final class Staging {
  private static final System.Logger LOG = System.getLogger(Staging.class.getName());

  /** How the names of downloads begin. */
  static final String DOWNLOAD = "blob-";

  private final Path folder;
  private final Queue<String> garbage = new ConcurrentLinkedQueue<>();
  private final AtomicInteger undeleted = new AtomicInteger();

  public Staging(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    try (Folder open = Folder.open(folder)) {
      for (String name : open.names()) {
        if (!name.startsWith(DOWNLOAD)) {
          TreeRemoval.remove(open, name);
        }
      }
    }
  }

  Path folder() {
    return folder;
  }

  /** A path in it that nobody has. */
  public Path fresh() {
    return folder.resolve(UUID.randomUUID().toString());
  }

  public Path freshFolder() throws IOException {
    return Files.createDirectory(fresh());
  }

  /**
   * Takes a file or folder of the same file system out of sight, at once; {@link #empty} deletes
   * it. One that is not there is fine.
   */
  public void discard(Path unwanted) throws IOException {
    Path moved = fresh();
    try {
      Files.move(unwanted, moved, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return;
    }
    undeleted.incrementAndGet();
    garbage.add(moved.getFileName().toString());
  }

  /** Deletes what was discarded. What cannot be deleted stays to the next start. */
  public void empty() {
    for (String name = garbage.poll(); name != null; name = garbage.poll()) {
      try (Folder open = Folder.open(folder)) {
        TreeRemoval.remove(open, name);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "cannot delete {0}: {1}", folder.resolve(name), e.getMessage());
      } finally {
        undeleted.decrementAndGet();
      }
    }
  }

  /** Whether something discarded still occupies its space. */
  public boolean isEmpty() {
    return undeleted.get() == 0;
  }
}
