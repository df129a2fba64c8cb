package io.sandjar.runtime.daemon.doctor;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Whether the kernel's settings leave room for a node's pods. */
final class SysctlCheck implements Check {
  private static final String AREA = "sysctls";

  /**
   * A setting with the least that a node should have.
   *
   * @param consequence of less
   */
  private record Least(String name, long value, String consequence) {}

  private static final List<Least> LEAST =
      List.of(
          new Least("net.ipv4.ip_forward", 1, "pods reach nothing beyond their bridge"),
          new Least("fs.inotify.max_user_instances", 128, "programs in pods cannot watch files"),
          new Least("fs.inotify.max_user_watches", 8192, "programs in pods cannot watch files"),
          // Every container has a session keyring, which is root's.
          new Least("kernel.keys.root_maxkeys", 2000, "containers fail at their session keyring"),
          new Least("kernel.pid_max", 32768, "the machine runs out of process ids"));

  private final Path sysctls;

  /**
   * @param sysctls {@code /proc/sys} outside tests
   */
  SysctlCheck(Path sysctls) {
    this.sysctls = sysctls;
  }

  @Override
  public List<Finding> findings() throws IOException {
    var findings = new ArrayList<Finding>();
    for (Least least : LEAST) {
      Path file = sysctls.resolve(least.name().replace('.', '/'));
      if (!Files.exists(file)) {
        continue; // a kernel without the feature
      }
      long value = read(file);
      if (value < least.value()) {
        findings.add(
            Finding.warning(
                AREA,
                least.name() + " is " + value + ": " + least.consequence(),
                "sysctl -w %s=%d, and the same line in /etc/sysctl.d/sandjar.conf"
                    .formatted(least.name(), least.value())));
      }
    }
    if (findings.isEmpty()) {
      findings.add(Finding.ok(AREA, "forwarding, inotify, keyrings and process ids"));
    }
    return findings;
  }

  /** By one read: asked for the rest after a first byte, such a file says that it has ended. */
  private static long read(Path file) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      return Long.parseLong(lines.readLine().strip());
    }
  }
}
