package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers how many processes of a cgroup the kernel killed for want of memory, for cgroups that
 * systemd removes as soon as they are empty: then there is nothing left to read.
 *
 * <p>The kernel tells of each change of {@code memory.events} by inotify. Where the cgroup went
 * before it could be read, its parent still knows: v2 counts in every cgroup above, so what the
 * parent counts beyond its children's known kills happened in the one that went.
 */
final class OomKillWatch implements AutoCloseable {
  private static final Path MEMORY_EVENTS = Path.of("memory.events");

  private final Map<Path, Long> kills = new ConcurrentHashMap<>();

  /** By parent: the kills that were before the watch began, or are known of its children. */
  private final Map<Path, Long> accounted = new ConcurrentHashMap<>();

  private WatchService watches;

  synchronized void add(Path folder) throws IOException {
    if (!accounted.containsKey(folder.getParent())) {
      accounted.put(folder.getParent(), count(folder.getParent()));
    }
    if (watches == null) {
      watches = FileSystems.getDefault().newWatchService();
      WatchService started = watches;
      Thread reader = new Thread(() -> read(started), "oom-kill-watch");
      reader.setDaemon(true);
      reader.start();
    }
    try {
      folder.register(watches, StandardWatchEventKinds.ENTRY_MODIFY);
    } catch (NoSuchFileException e) {
      return; // It has ended.
    }
    // From here on changes are told; what was before is read now.
    note(folder);
  }

  private void read(WatchService started) {
    try {
      while (true) {
        WatchKey key = started.take();
        Path folder = (Path) key.watchable();
        for (WatchEvent<?> event : key.pollEvents()) {
          boolean lost = event.kind() == StandardWatchEventKinds.OVERFLOW;
          if (lost || MEMORY_EVENTS.equals(event.context())) {
            noteQuietly(folder);
          }
        }
        key.reset(); // It is no longer valid when the folder is gone; nothing is left to do then.
      }
    } catch (InterruptedException | java.nio.file.ClosedWatchServiceException e) {
      // Closed: the driver is going.
    }
  }

  private void noteQuietly(Path folder) {
    try {
      note(folder);
    } catch (IOException e) {
      System.getLogger(OomKillWatch.class.getName())
          .log(System.Logger.Level.WARNING, "cannot tell out-of-memory kills of " + folder, e);
    }
  }

  private synchronized void note(Path folder) throws IOException {
    know(folder, count(folder));
  }

  /** 0 where it is gone. */
  private static long count(Path folder) throws IOException {
    return ControlFile.pairs(folder.resolve(MEMORY_EVENTS)).getOrDefault("oom_kill", 0L);
  }

  private void know(Path folder, long now) {
    long before = kills.getOrDefault(folder, 0L);
    if (now > before) {
      kills.put(folder, now);
      accounted.merge(folder.getParent(), now - before, Long::sum);
    }
  }

  /** All that are known, also of a cgroup that is gone. */
  synchronized long kills(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      note(folder);
    } else if (!kills.containsKey(folder)) {
      Path parent = folder.getParent();
      know(folder, count(parent) - accounted.getOrDefault(parent, Long.MAX_VALUE));
    }
    return kills.getOrDefault(folder, 0L);
  }

  synchronized void forget(Path folder) {
    kills.remove(folder);
    if (!Files.isDirectory(folder.getParent())) {
      accounted.remove(folder.getParent());
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (watches != null) {
      watches.close();
      watches = null;
    }
  }
}
