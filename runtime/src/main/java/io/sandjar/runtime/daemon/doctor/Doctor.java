package io.sandjar.runtime.daemon.doctor;

import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.daemon.Config;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.AppArmor;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Looks for what keeps pods from running on this machine, and says how to mend it. */
public final class Doctor {
  private static final Path PROC = Path.of("/proc");
  private static final Path MODULES = Path.of("/lib/modules");
  private static final Path RUN = Path.of("/run");

  private final Map<String, Check> checks = new LinkedHashMap<>();

  private Doctor(Config config) {
    checks.put("kernel", new KernelCheck(PROC, MODULES, new AppArmor()));
    checks.put(
        "cgroups", new CgroupCheck(PROC.resolve("self/mountinfo"), config.cgroup().favorDynmods()));
    checks.put("sysctls", new SysctlCheck(PROC.resolve("sys")));
    checks.put("storage", new StorageCheck(config.root(), config.state(), RUN));
  }

  /** Looks at a machine on which no daemon need run. */
  public static Doctor ofMachine(Config config) {
    return new Doctor(config);
  }

  /** Looks at what a running daemon knows, too. */
  public static Doctor ofDaemon(
      Config config, PodNetwork network, PodEngine engine, Images images) {
    var doctor = new Doctor(config);
    doctor.checks.put("network", () -> NetworkCheck.of(network.status()));
    doctor.checks.put("sockets", new SocketCheck(List.of(config.listen(), config.httpListen())));
    doctor.checks.put("leftovers", new LeftoverCheck(config, engine, images));
    return doctor;
  }

  /** All findings; a check that itself fails is one. */
  List<Finding> findings() {
    var findings = new ArrayList<Finding>();
    checks.forEach(
        (area, check) -> {
          try {
            findings.addAll(check.findings());
          } catch (IOException | RuntimeException failed) {
            findings.add(
                Finding.warning(
                    area, "could not be looked at: " + failed.getMessage(), "run it as root"));
          }
        });
    return findings;
  }

  /** The document that the API answers with. */
  public Map<String, Object> toTree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("kind", "FindingList");
    tree.put("apiVersion", "sandjar.io/v1");
    tree.put("items", findings().stream().map(Finding::toTree).toList());
    return tree;
  }

  /**
   * Prints what was found.
   *
   * @return whether pods can run
   */
  public boolean print(PrintStream out) {
    List<Finding> findings = findings();
    findings.forEach(finding -> out.println(finding.line()));
    return findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAILURE);
  }
}
