package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.rtnl.NewLink;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the daemon is told by its config file and flags. A new key is one component here, one line
 * in {@code read} below it, and its description in {@code scripts/etc/config.yaml}.
 *
 * @param root what must survive a reboot: images, containers, pods
 * @param state what need not: pids, sockets, mounts
 * @param listen the CRI socket
 * @param httpListen the HTTP API's socket
 * @param manifests the folder of the static pods
 * @param nodeName as pods see it in spec.nodeName; the hostname where it is missing
 */
public record Config(
    Path root,
    Path state,
    Path listen,
    Path httpListen,
    LogLevel logLevel,
    Optional<String> nodeName,
    Path manifests,
    Cgroup cgroup,
    Network network,
    Image image,
    Stream stream,
    Log log) {

  static Config read(YamlSection yaml) throws ConfigException {
    var root = yaml.path("root", Path.of("/var/lib/sandjar"));
    var state = yaml.path("state", Path.of("/run/sandjar"));
    var config =
        new Config(
            root,
            state,
            yaml.socket("listen", state.resolve("sandjar.sock")),
            yaml.socket("httpListen", state.resolve("api.sock")),
            yaml.choice("logLevel", LogLevel.INFO),
            yaml.optionalText("nodeName"),
            yaml.path("manifests", Path.of("/etc/sandjar/manifests")),
            Cgroup.read(yaml.section("cgroup")),
            Network.read(yaml.section("network")),
            Image.read(yaml.section("image")),
            Stream.read(yaml.section("stream")),
            Log.read(yaml.section("log")));
    yaml.end();
    return config;
  }

  /** The same with another network. */
  Config on(Network other) {
    return new Config(
        root,
        state,
        listen,
        httpListen,
        logLevel,
        nodeName,
        manifests,
        cgroup,
        other,
        image,
        stream,
        log);
  }

  private static void absolutePath(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("it must be an absolute path");
    }
  }

  private static void hostAndPort(String address) {
    if (!address.matches("(\\[[0-9a-fA-F:.]+]|[^:\\s]+):\\d{1,5}")
        || Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)) > 65535) {
      throw new IllegalArgumentException("it must be like 127.0.0.1:0 or [::1]:10250");
    }
  }

  /** The least level that is logged. */
  public enum LogLevel {
    DEBUG(Level.DEBUG),
    INFO(Level.INFO),
    WARNING(Level.WARNING),
    ERROR(Level.ERROR);

    private final Level level;

    LogLevel(Level level) {
      this.level = level;
    }

    public Level level() {
      return level;
    }
  }

  /** Who makes the pods' cgroups. */
  public enum CgroupDriver {
    /** Sandjar itself, in the file system. */
    CGROUPFS,
    /** systemd, as scopes and slices, so that it does not move them. */
    SYSTEMD
  }

  /**
   * How pods are placed among the machine's cgroups.
   *
   * @param parent under which pods without a parent of their own go
   * @param favorDynmods whether the machine is to let processes join cgroups without a wait
   */
  public record Cgroup(CgroupDriver driver, String parent, boolean favorDynmods) {
    private static Cgroup read(YamlSection yaml) throws ConfigException {
      return new Cgroup(
          yaml.choice("driver", CgroupDriver.CGROUPFS),
          yaml.text("parent", "/sandjar"),
          yaml.flag("favorDynmods", true));
    }
  }

  /** Who connects pods. */
  public enum NetworkProvider {
    /** Sandjar's own bridge and routes. */
    BRIDGE,
    /** CNI plugins, as other runtimes call them. */
    CNI
  }

  /** How other nodes' pods are reached. */
  public enum Overlay {
    /** By plain routes, for nodes that share a segment. */
    NONE,
    /** Through tunnels. */
    VXLAN
  }

  /**
   * How pods are connected.
   *
   * @param podCIDR the node's own range; where it is missing, the kubelet tells it
   * @param clusterCIDR the ranges of all nodes, which are not masqueraded
   * @param mtu of pods' links; 0 takes the uplink's
   * @param uplink the link to other nodes; the default route's where it is missing
   * @param nodeAddress by which other nodes reach this one; the uplink's first where it is missing
   * @param peers other nodes as {@code NAME CIDR[,CIDR] ADDRESS[,ADDRESS]}
   * @param peersFile the same, one a line, watched for changes
   * @param overlay how other nodes are reached
   * @param vxlanId the tunnels' network identifier, the same on all nodes
   * @param vxlanPort the tunnels' UDP port, the same on all nodes
   * @param namespaceFolder where pods' network namespaces are bound
   */
  public record Network(
      NetworkProvider provider,
      List<String> podCIDR,
      List<String> clusterCIDR,
      String bridge,
      int mtu,
      Optional<String> uplink,
      Optional<String> nodeAddress,
      List<String> peers,
      Optional<String> peersFile,
      Overlay overlay,
      int vxlanId,
      int vxlanPort,
      Path namespaceFolder,
      Path cniConfDir,
      List<String> cniBinDir) {
    /** The same with another provider and bridge. */
    Network of(NetworkProvider provider, String bridge) {
      return new Network(
          provider,
          podCIDR,
          clusterCIDR,
          bridge,
          mtu,
          uplink,
          nodeAddress,
          peers,
          peersFile,
          overlay,
          vxlanId,
          vxlanPort,
          namespaceFolder,
          cniConfDir,
          cniBinDir);
    }

    private static Network read(YamlSection yaml) throws ConfigException {
      return new Network(
          yaml.choice("provider", NetworkProvider.BRIDGE),
          yaml.texts("podCIDR", List.of("10.88.0.0/16"), Cidr::parse),
          yaml.texts("clusterCIDR", List.of(), Cidr::parse),
          yaml.optionalText("bridge", NewLink::requireName).orElse("cbr0"),
          yaml.number("mtu", 0, 0, 65535),
          yaml.optionalText("uplink"),
          yaml.optionalText("nodeAddress", Cidr::address),
          yaml.texts("peers", List.of(), line -> Peer.parse(line, Peer.Source.CONFIG)),
          yaml.optionalText("peersFile", Config::absolutePath),
          yaml.choice("overlay", Overlay.NONE),
          yaml.number("vxlanId", 83, 1, (1 << 24) - 1),
          yaml.number("vxlanPort", 4789, 1, 65535),
          yaml.path("namespaceFolder", Path.of("/run/netns")),
          yaml.path("cniConfDir", Path.of("/etc/cni/net.d")),
          yaml.texts("cniBinDir", List.of("/opt/cni/bin", "/usr/lib/cni"), Config::absolutePath));
    }
  }

  /**
   * How images are fetched and kept.
   *
   * @param registryConfig the folder of containerd's hosts.toml files
   * @param pinned images that garbage collection leaves alone
   * @param maxParallel layers fetched at the same time, over all pulls
   * @param gcHighPercent how full the disk may be before unused images go, where no kubelet decides
   * @param gcLowPercent down to what they go
   */
  public record Image(
      Path registryConfig,
      List<String> pinned,
      int maxParallel,
      int gcHighPercent,
      int gcLowPercent) {
    private static Image read(YamlSection yaml) throws ConfigException {
      int high = yaml.number("gcHighPercent", 85, 1, 100);
      return new Image(
          yaml.path("registryConfig", Path.of("/etc/sandjar/certs.d")),
          yaml.texts("pinned", List.of()),
          yaml.number("maxParallel", 4, 1, 64),
          high,
          yaml.number("gcLowPercent", Math.min(80, high - 1), 0, high - 1));
    }
  }

  /**
   * Where exec, attach and port-forward are streamed.
   *
   * @param address host and port; port 0 lets the kernel choose
   */
  public record Stream(String address) {
    private static Stream read(YamlSection yaml) throws ConfigException {
      return new Stream(yaml.optionalText("address", Config::hostAndPort).orElse("127.0.0.1:0"));
    }
  }

  /**
   * How containers' logs are written.
   *
   * @param maxSize bytes after which a pod's log is rotated where no kubelet does it
   * @param maxFiles rotated logs kept
   */
  public record Log(long maxSize, int maxFiles) {
    private static Log read(YamlSection yaml) throws ConfigException {
      return new Log(yaml.bytes("maxSize", 10L * 1024 * 1024), yaml.number("maxFiles", 5, 2, 100));
    }
  }
}
