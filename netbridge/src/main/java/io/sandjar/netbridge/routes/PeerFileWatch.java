package io.sandjar.netbridge.routes;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.function.Consumer;

/**
 * Reads a file of peers again whenever something happens in its folder, so that editors that
 * replace files and mounted config maps, which swap a link, are noticed too.
 */
public final class PeerFileWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerFileWatch.class.getName());

  private final PeerFile file;
  private final Consumer<PeerFile.Content> listener;
  private final WatchService watches;

  private PeerFileWatch(PeerFile file, Consumer<PeerFile.Content> listener, WatchService watches) {
    this.file = file;
    this.listener = listener;
    this.watches = watches;
  }

  /** Reports what the file says now, and from now on each time it changes. */
  public static PeerFileWatch start(PeerFile file, Consumer<PeerFile.Content> listener)
      throws IOException {
    Path folder = file.path().toAbsolutePath().getParent();
    Files.createDirectories(folder);
    WatchService watches = folder.getFileSystem().newWatchService();
    try {
      folder.register(
          watches,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      PeerFileWatch watch = new PeerFileWatch(file, listener, watches);
      listener.accept(file.read());
      Thread thread = new Thread(watch::watch, "peers file " + file.path());
      thread.setDaemon(true);
      thread.start();
      return watch;
    } catch (IOException | RuntimeException e) {
      watches.close();
      throw e;
    }
  }

  private void watch() {
    PeerFile.Content last = null;
    while (true) {
      try {
        WatchKey key = watches.take();
        key.pollEvents();
        key.reset();
        PeerFile.Content now = file.read();
        if (!now.equals(last)) {
          last = now;
          listener.accept(now);
        }
      } catch (ClosedWatchServiceException | InterruptedException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "cannot read the peers in " + file.path(), e);
      }
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
