package io.sandjar.netbridge.routes;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Reads a file of peers again whenever something happens in its folder, so that editors that
 * replace files and mounted config maps, which swap a link, are noticed too.
 */
public final class PeerFileWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerFileWatch.class.getName());

  /** How soon a folder that is gone is looked for again: no event tells of that. */
  private static final long FOLDER_SECONDS = 1;

  private final PeerFile file;
  private final Consumer<PeerFile.Content> listener;
  private final WatchService watches;
  private PeerFile.Content last = new PeerFile.Content(List.of(), List.of());

  private PeerFileWatch(PeerFile file, Consumer<PeerFile.Content> listener, WatchService watches) {
    this.file = file;
    this.listener = listener;
    this.watches = watches;
  }

  /**
   * Reports what the file says now, and from now on each time it changes. What cannot be read is a
   * problem that is reported, and no failure.
   */
  public static PeerFileWatch start(PeerFile file, Consumer<PeerFile.Content> listener)
      throws IOException {
    WatchService watches = file.path().getFileSystem().newWatchService();
    try {
      PeerFileWatch watch = new PeerFileWatch(file, listener, watches);
      watch.makeFolder();
      boolean watched = watch.watchFolder();
      watch.last = watch.read();
      listener.accept(watch.last);
      Thread thread = new Thread(() -> watch.watch(watched), "peers file " + file.path());
      thread.setDaemon(true);
      thread.start();
      return watch;
    } catch (RuntimeException e) {
      watches.close();
      throw e;
    }
  }

  private void watch(boolean watchedFirst) {
    boolean watched = watchedFirst;
    try {
      while (true) {
        WatchKey key = watched ? watches.take() : watches.poll(FOLDER_SECONDS, TimeUnit.SECONDS);
        if (key != null) {
          key.pollEvents();
          // A key that cannot be reset is that of a folder that was deleted or moved.
          watched = key.reset();
        }
        watched = watched || watchFolder();
        tellIfChanged();
      }
    } catch (ClosedWatchServiceException | InterruptedException e) {
      // The end.
    }
  }

  private void makeFolder() {
    try {
      Files.createDirectories(folder());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot make the folder of " + file.path(), e);
    }
  }

  private Path folder() {
    return file.path().toAbsolutePath().getParent();
  }

  private boolean watchFolder() {
    try {
      folder()
          .register(
              watches,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE);
      return true;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "cannot watch {0} yet: {1}", file.path(), e);
      return false;
    }
  }

  private void tellIfChanged() {
    PeerFile.Content now = read();
    if (!now.equals(last)) {
      last = now;
      try {
        listener.accept(now);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "cannot use the peers in " + file.path(), e);
      }
    }
  }

  /** A file that cannot be read takes no peer away that it named before. */
  private PeerFile.Content read() {
    try {
      return file.read();
    } catch (IOException e) {
      return new PeerFile.Content(
          last.peers(), List.of("cannot read the peers in " + file.path() + ": " + e));
    }
  }

  @Override
  public void close() {
    try {
      watches.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot stop watching " + file.path(), e);
    }
  }
}
