package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcStat;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The processes that a process has started. Orphans among them keep its session, so both the
 * parents and the sessions tell; a process that left its session after its parent ended is not
 * found, and ends with its container.
 */
final class ProcessTree {
  private static final Path PROC = Path.of("/proc");

  /** Each round finds what the one before has missed because it was just being forked. */
  private static final int MOST_ROUNDS = 100;

  private ProcessTree() {}

  static void kill(int root) throws IOException {
    for (int round = 0; round < MOST_ROUNDS; round++) {
      List<ProcStat> living = livingBelow(root);
      if (living.isEmpty()) {
        return;
      }
      for (ProcStat process : living) {
        kill(process);
      }
    }
    throw new IOException("process " + root + " forks faster than it can be killed");
  }

  private static void kill(ProcStat process) throws IOException {
    Optional<Pidfd> opened = process.id().open();
    if (opened.isPresent()) {
      try (Pidfd pidfd = opened.get()) {
        pidfd.signal(Monitor.SIGKILL);
      }
    }
  }

  private static List<ProcStat> livingBelow(int root) throws IOException {
    List<ProcStat> all = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path folder : folders) {
        ProcStat.of(Integer.parseInt(folder.getFileName().toString())).ifPresent(all::add);
      }
    }
    Set<Integer> tree = new HashSet<>(Set.of(root));
    boolean grown = true;
    while (grown) {
      grown = false;
      for (ProcStat process : all) {
        boolean belongs = tree.contains(process.parent()) || process.session() == root;
        grown |= belongs && tree.add(process.pid());
      }
    }
    return all.stream()
        .filter(process -> tree.contains(process.pid()) && !process.isZombie())
        .toList();
  }
}
