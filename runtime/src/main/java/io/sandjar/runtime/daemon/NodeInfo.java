package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.runtime.Build;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.AppArmor;
import io.sandjar.runtime.linux.MemInfo;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.FavorDynmods;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Tells how this node is set up and what is on it. */
final class NodeInfo {
  private static final Path OS_RELEASE = Path.of("/etc/os-release");
  private static final Path KERNEL_RELEASE = Path.of("/proc/sys/kernel/osrelease");

  private final Config config;
  private final Build build;
  private final String nodeName;
  private final PodNetwork network;
  private final PodEngine engine;
  private final Images images;

  NodeInfo(
      Config config,
      Build build,
      String nodeName,
      PodNetwork network,
      PodEngine engine,
      Images images) {
    this.config = config;
    this.build = build;
    this.nodeName = nodeName;
    this.network = network;
    this.engine = engine;
    this.images = images;
  }

  /** The document that the API answers with. */
  Map<String, Object> toTree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("kind", "Info");
    tree.put("apiVersion", "sandjar.io/v1");
    tree.put("name", nodeName);
    tree.put("version", build.version());
    tree.put("java", Runtime.version().toString());
    tree.put("pid", ProcessHandle.current().pid());
    try {
      tree.put("machine", machine());
      tree.put("cgroups", cgroups());
    } catch (IOException e) {
      throw new UncheckedIOException("describe the machine", e);
    }
    tree.put("network", network());
    tree.put("paths", paths(config));
    tree.put("counts", counts());
    return tree;
  }

  private Map<String, Object> machine() throws IOException {
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("os", osName());
    machine.put("kernel", Files.readString(KERNEL_RELEASE).strip());
    machine.put("architecture", System.getProperty("os.arch"));
    machine.put("cpus", Runtime.getRuntime().availableProcessors());
    machine.put("memoryBytes", MemInfo.bytes("MemTotal"));
    machine.put("appArmor", new AppArmor().enabled());
    return machine;
  }

  private static String osName() throws IOException {
    if (!Files.exists(OS_RELEASE)) {
      return "Linux";
    }
    return Files.readAllLines(OS_RELEASE).stream()
        .filter(line -> line.startsWith("PRETTY_NAME="))
        .map(line -> line.substring("PRETTY_NAME=".length()).replace("\"", ""))
        .findFirst()
        .orElse("Linux");
  }

  private Map<String, Object> cgroups() throws IOException {
    Map<String, Object> cgroups = new LinkedHashMap<>();
    Cgroups ofMachine = Cgroups.detect();
    cgroups.put("layout", ofMachine.layout().name().toLowerCase(Locale.ROOT));
    cgroups.put("driver", config.cgroup().driver().name().toLowerCase(Locale.ROOT));
    cgroups.put("parent", config.cgroup().parent());
    if (ofMachine.mounts().v2().isPresent()) {
      cgroups.put("favorDynmods", FavorDynmods.isOn(ofMachine));
    }
    return cgroups;
  }

  private Map<String, Object> network() {
    NetworkStatus status = network.status();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("provider", status.provider());
    tree.put("ready", status.ready());
    tree.put("message", status.message());
    tree.put("podCIDRs", status.podCidrs().stream().map(Object::toString).toList());
    return tree;
  }

  static Map<String, Object> paths(Config config) {
    Map<String, Object> paths = new LinkedHashMap<>();
    paths.put("root", config.root().toString());
    paths.put("state", config.state().toString());
    paths.put("listen", config.listen().toString());
    paths.put("httpListen", config.httpListen().toString());
    paths.put("manifests", config.manifests().toString());
    return paths;
  }

  private Map<String, Object> counts() {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("sandboxes", engine.sandboxes().list().size());
    counts.put(
        "sandboxesReady", engine.sandboxes().list().stream().filter(Sandbox::isReady).count());
    counts.put("containers", engine.containers().list().size());
    counts.put(
        "containersRunning",
        engine.containers().list().stream()
            .filter(container -> container.state() == Container.State.RUNNING)
            .count());
    counts.put("images", images.list().size());
    return counts;
  }
}
