package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Takes from a node whose daemon is dead what a reboot of the machine takes. */
final class Reboot {
  private static final long PATIENCE_SECONDS = 60;

  private final CriNode node;
  private final Footprint footprint;

  Reboot(CriNode node) throws IOException {
    this.node = node;
    this.footprint = Footprint.of(node);
  }

  /** Closes a node; where its daemon does not start any more, what it held is taken away. */
  static void closing(CriNode node) throws IOException, InterruptedException {
    try {
      node.close();
    } catch (IOException | StatusRuntimeException | AssertionError dead) {
      new Reboot(node).takeTheKernels();
    }
  }

  /** All that is the kernel's: processes, mounts, namespaces, the network, cgroups. */
  void takeTheKernels() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    Set<Long> processes = footprint.processes();
    while (!processes.isEmpty()) {
      assertTrue(System.nanoTime() < end, () -> "still there: " + footprint);
      processes.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      CriNode.pause();
      processes = footprint.processes();
    }
    for (Path mount : footprint.mounts()) {
      Footprint.run("umount", "-l", mount.toString());
    }
    for (Path namespace : footprint.namespaces()) {
      Footprint.run("umount", "-l", namespace.toString());
      Files.delete(namespace);
    }
    Footprint.run("ip", "link", "delete", footprint.bridge());
    Footprint.run("nft", "delete", "table", "inet", "sandjar-" + footprint.bridge());
    for (Path cgroup : footprint.cgroups()) {
      try (Stream<Path> all = Files.walk(cgroup)) {
        List<Path> folders =
            all.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
        for (Path folder : folders) {
          Files.delete(folder);
        }
      }
    }
  }

  /** The state folder, where it is on a tmpfs as usual. */
  void takeTheStateFolder() throws IOException {
    try (Stream<Path> all = Files.walk(node.folder().resolve("run"))) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /** Where it is on a disk it stays, and tells of another boot. */
  void leaveTheStateFolder() throws IOException {
    String now = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    try (Stream<Path> all = Files.walk(node.folder().resolve("run"))) {
      for (Path file : all.filter(each -> each.endsWith("life.json")).toList()) {
        Files.writeString(
            file, Files.readString(file).replace(now, "00000000-0000-0000-0000-000000000000"));
      }
    }
  }
}
