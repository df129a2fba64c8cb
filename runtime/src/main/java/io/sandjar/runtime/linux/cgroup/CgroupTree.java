package io.sandjar.runtime.linux.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** A folder of a cgroup hierarchy with all that is below it: a container may have made more. */
final class CgroupTree {
  private static final String PROCS = "cgroup.procs";
  private static final int REMOVE_ATTEMPTS = 12;
  private static final Integer LINKS_OF_A_LEAF = 2;

  private CgroupTree() {}

  /** The folder and those below it, each after its own children. */
  static List<Path> deepestFirst(Path folder) throws IOException {
    List<Path> folders = new ArrayList<>();
    collect(folder, folders);
    return folders;
  }

  private static void collect(Path folder, List<Path> folders) throws IOException {
    if (isLeaf(folder)) {
      folders.add(folder);
      return;
    }
    try (var entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
      for (Path child : entries) {
        collect(child, folders);
      }
    } catch (NoSuchFileException e) {
      return;
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    folders.add(folder);
  }

  /** By its number of links, two and one for each folder in it: cheaper than to list it. */
  private static boolean isLeaf(Path folder) throws IOException {
    try {
      return Files.getAttribute(folder, "unix:nlink").equals(LINKS_OF_A_LEAF);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  static List<Integer> processes(Path folder) throws IOException {
    TreeSet<Integer> pids = new TreeSet<>();
    for (Path each : deepestFirst(folder)) {
      for (String line : procs(each).split("\n")) {
        // 0 is a process of another pid namespace that this one cannot see.
        if (!line.isEmpty() && !line.equals("0")) {
          pids.add(Integer.parseInt(line));
        }
      }
    }
    return List.copyOf(pids);
  }

  private static String procs(Path folder) throws IOException {
    // A threaded cgroup below has no readable cgroup.procs; its processes are listed above it.
    return ControlFile.readIfPresent(folder.resolve(PROCS));
  }

  /**
   * Removes the folder and those below it; a process that is still dying gets about two seconds.
   */
  static void remove(Path folder) throws IOException {
    // Most have nothing in them, and then there is nothing to look for.
    boolean removed = CgroupFolder.remove(folder) || removeOnce(folder);
    long pauseMicros = 100;
    for (int attempt = 1; !removed; attempt++) {
      if (attempt == REMOVE_ATTEMPTS) {
        throw new IOException(
            "remove cgroup "
                + folder
                + ": it is busy; it still holds the processes "
                + processes(folder));
      }
      pause(folder, pauseMicros);
      pauseMicros *= 2;
      removed = removeOnce(folder);
    }
  }

  /** False where one of them was busy, or was made just now. */
  private static boolean removeOnce(Path folder) throws IOException {
    boolean all = true;
    for (Path each : deepestFirst(folder)) {
      all &= CgroupFolder.remove(each);
    }
    return all;
  }

  private static void pause(Path folder, long micros) throws IOException {
    try {
      TimeUnit.MICROSECONDS.sleep(micros);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("remove cgroup " + folder + ": interrupted", e);
    }
  }
}
