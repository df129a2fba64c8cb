package io.sandjar.runtime.daemon.doctor;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.daemon.Config;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.snapshot.Snapshot;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.cgroup.Hierarchy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What sandboxes and containers that are gone have left: cgroups, snapshots, namespaces. */
final class LeftoverCheck implements Check {
  private static final String AREA = "leftovers";
  private static final String POD = "pod";
  private static final String RESTART =
      "restart the daemon, which removes what nobody owns: systemctl restart sandjar";

  private final Config config;
  private final PodEngine engine;
  private final Images images;

  LeftoverCheck(Config config, PodEngine engine, Images images) {
    this.config = config;
    this.engine = engine;
    this.images = images;
  }

  @Override
  public List<Finding> findings() throws IOException {
    // What exists is looked at before who owns it: what is being made has its owner on record
    // first.
    Set<String> cgroups = podCgroups();
    List<Snapshot> snapshots = images.snapshots().list();
    Set<String> namespaces = boundNamespaces();

    cgroups.removeIf(name -> engine.sandboxes().find(name.substring(POD.length())).isPresent());
    namespaces.removeIf(name -> engine.sandboxes().find(idOf(name)).isPresent());
    Set<String> owners = new HashSet<>();
    for (Container container : engine.containers().list()) {
      owners.add(container.id());
      owners.addAll(container.record().views());
    }
    var findings = new ArrayList<Finding>();
    for (String cgroup : cgroups) {
      findings.add(
          Finding.warning(
              AREA,
              "cgroup " + config.cgroup().parent() + "/" + cgroup + " is no sandbox's",
              RESTART));
    }
    for (Snapshot snapshot : snapshots) {
      if (!owners.contains(snapshot.id()) && engine.containers().find(snapshot.id()).isEmpty()) {
        findings.add(
            Finding.warning(AREA, "snapshot " + snapshot.id() + " is no container's", RESTART));
      }
    }
    for (String namespace : namespaces) {
      findings.add(
          Finding.warning(AREA, "network namespace " + namespace + " is no sandbox's", RESTART));
    }
    if (findings.isEmpty()) {
      findings.add(Finding.ok(AREA, "no cgroup, snapshot or namespace without an owner"));
    }
    return findings;
  }

  /** Those of pods that have no cgroup parent of their own. */
  private Set<String> podCgroups() throws IOException {
    var mounts = Cgroups.detect().mounts();
    var roots = new ArrayList<Path>(mounts.v1().stream().map(Hierarchy::mountPoint).toList());
    mounts.v2().ifPresent(roots::add);
    Set<String> names = new TreeSet<>();
    for (Path root : roots) {
      names.addAll(names(root.resolve(config.cgroup().parent().replaceFirst("^/+", ""))));
    }
    names.removeIf(name -> !name.matches(POD + "[0-9a-f]{64}"));
    return names;
  }

  /** Bound as BRIDGE:ID. */
  private Set<String> boundNamespaces() throws IOException {
    Set<String> found = new TreeSet<>(names(config.network().namespaceFolder()));
    found.removeIf(name -> !name.startsWith(config.network().bridge() + ":"));
    return found;
  }

  private String idOf(String namespace) {
    return namespace.substring(config.network().bridge().length() + 1);
  }

  private static List<String> names(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
