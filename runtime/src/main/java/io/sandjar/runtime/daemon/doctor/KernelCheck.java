package io.sandjar.runtime.daemon.doctor;

import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.AppArmor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the kernel has what containers are made of. */
final class KernelCheck implements Check {
  private static final String AREA = "kernel";
  private static final KernelVersion OLDEST = new KernelVersion(5, 15);

  /** Layers of an overlay can be idmapped since then. */
  private static final KernelVersion USER_NAMESPACES = new KernelVersion(5, 19);

  private final Path proc;
  private final Path modules;
  private final AppArmor appArmor;

  /**
   * @param modules where kernels' modules lie, {@code /lib/modules} outside tests
   */
  KernelCheck(Path proc, Path modules, AppArmor appArmor) {
    this.proc = proc;
    this.modules = modules;
    this.appArmor = appArmor;
  }

  @Override
  public List<Finding> findings() throws IOException {
    var findings = new ArrayList<Finding>();
    String release = Files.readString(proc.resolve("sys/kernel/osrelease")).strip();
    KernelVersion version = KernelVersion.parse(release);
    findings.add(
        version.compareTo(OLDEST) >= 0
            ? Finding.ok(AREA, "Linux " + release)
            : Finding.failure(
                AREA,
                "Linux " + release + " is older than " + OLDEST,
                "boot a newer kernel: apt install linux-image-amd64"));
    findings.add(overlay(release));
    findings.add(seccomp());
    findings.add(userNamespaces(version));
    findings.add(appArmor());
    return findings;
  }

  private Finding overlay(String release) throws IOException {
    if (mentions(proc.resolve("filesystems"), "\toverlay")) {
      return Finding.ok(AREA, "overlay file systems");
    }
    // The first mount of one loads it.
    return mentions(modules.resolve(release).resolve("modules.dep"), "/overlay.ko")
        ? Finding.ok(AREA, "overlay file systems, by a module that is not loaded yet")
        : Finding.failure(
            AREA,
            "no overlay file system: images cannot be mounted",
            "boot a kernel with CONFIG_OVERLAY_FS, or install its module overlay");
  }

  private static boolean mentions(Path file, String part) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    try (var lines = Files.lines(file)) {
      return lines.anyMatch(line -> line.contains(part));
    }
  }

  private Finding seccomp() {
    return Files.exists(proc.resolve("sys/kernel/seccomp/actions_avail"))
        ? Finding.ok(AREA, "seccomp filters")
        : Finding.failure(
            AREA,
            "no seccomp filters: pods under RuntimeDefault do not start",
            "boot a kernel with CONFIG_SECCOMP_FILTER");
  }

  private Finding userNamespaces(KernelVersion version) throws IOException {
    Path most = proc.resolve("sys/user/max_user_namespaces");
    if (!Files.exists(most) || Files.readString(most).strip().equals("0")) {
      return Finding.warning(
          AREA,
          "no user namespaces: pods with hostUsers: false are refused",
          "sysctl -w user.max_user_namespaces=15000");
    }
    return version.compareTo(USER_NAMESPACES) >= 0
        ? Finding.ok(AREA, "user namespaces")
        : Finding.warning(
            AREA,
            "user namespaces need Linux " + USER_NAMESPACES + " for their layers",
            "boot a newer kernel, or leave pods at hostUsers: true");
  }

  private Finding appArmor() throws IOException {
    if (!appArmor.enabled()) {
      return Finding.ok(AREA, "no AppArmor: containers are confined by seccomp and capabilities");
    }
    Optional<String> loaded = appArmor.loadedDefault();
    if (loaded.isEmpty() && appArmor.canLoad()) {
      return Finding.ok(AREA, "AppArmor; the first container has its profile loaded");
    }
    return loaded
        .map(profile -> Finding.ok(AREA, "AppArmor, with the profile " + profile))
        .orElseGet(
            () ->
                Finding.warning(
                    AREA,
                    "AppArmor has no profile for containers: they run unconfined by it",
                    "apt install apparmor: its apparmor_parser loads the profile sandjar-default"));
  }
}
