package io.sandjar.runtime.image.content;

import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.TreeRemoval;
import io.sandjar.runtime.state.Garbage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * The folder of what is on its way into the store, and out of it. Downloads that can be resumed
 * stay in it over a restart; all else that a crash leaves there is garbage.
 */
public final class Staging {
  /** How the names of downloads begin. */
  static final String DOWNLOAD = "blob-";

  private final Path folder;

  /** Deleted only when somebody says so, see {@link #empty}. */
  private final Garbage garbage = new Garbage(Runnable::run, Staging::delete);

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
    garbage.keep(moved);
  }

  private static void delete(Path unwanted) throws IOException {
    try (Folder open = Folder.open(unwanted.getParent())) {
      TreeRemoval.remove(open, unwanted.getFileName().toString());
    }
  }

  /** Deletes what was discarded. What cannot be deleted stays to the next start. */
  public void empty() {
    garbage.empty();
  }

  /** Whether nothing that was discarded occupies its space still. */
  public boolean isEmpty() {
    return garbage.isEmpty();
  }
}
