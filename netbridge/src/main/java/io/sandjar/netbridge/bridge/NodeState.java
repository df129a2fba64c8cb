package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.routes.OwnNode;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.sysctl.Sysctl;
import io.sandjar.netbridge.sysctl.Sysctls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Brings the node's side of the network (bridge, cables' host ends, routes, packet filter) to what
 * it should be. Doing it again changes nothing, so the same code sets up and repairs.
 */
final class NodeState {
  private static final System.Logger LOG = System.getLogger(NodeState.class.getName());

  private static final Path PROC_SYS = Path.of("/proc/sys");

  private final BridgeSettings settings;
  private final NetworkNamespace host;
  private final Rtnl rtnl;
  private final PodLinks cables;
  private final PeerTable peers;
  private final PeerRoutes way;
  private final NodeFirewall firewall;
  private final BridgeLink bridge;

  private volatile Uplink uplink = Uplink.NONE;
  private volatile int bridgeIndex;
  private volatile List<Sysctl> sysctls = List.of();
  private volatile List<String> problems = List.of();
  private volatile Optional<String> failure = Optional.of("the network is not set up yet");
  private NodeFirewall.Settings applied;

  NodeState(
      BridgeSettings settings,
      NetworkNamespace host,
      Rtnl rtnl,
      PodLinks cables,
      PeerTable peers,
      PeerRoutes way,
      NodeFirewall firewall) {
    this.settings = settings;
    this.host = host;
    this.rtnl = rtnl;
    this.cables = cables;
    this.peers = peers;
    this.way = way;
    this.firewall = firewall;
    this.bridge = new BridgeLink(host, rtnl, settings.bridge());
  }

  /**
   * Sets up or repairs everything.
   *
   * @param gateways the bridge's addresses for the node's pod networks
   * @param attached the sandboxes, by id, whose cables must be plugged in; may change meanwhile
   */
  synchronized void ensure(List<Cidr> gateways, Map<String, Attachment> attached)
      throws IOException {
    try {
      uplink = Uplink.find(rtnl, settings.uplink());
      bridgeIndex = bridge.ensure(mtu(), bridgeAddresses(gateways, attached.values()));
      List<String> found = new ArrayList<>(ensureCables(attached));
      found.addAll(setSysctls(gateways));
      List<Cidr> podCidrs = gateways.stream().map(Cidr::network).toList();
      List<Peer> others = peers.all();
      found.addAll(way.ensure(rtnl, ownNode(podCidrs), others));
      ensureFirewall(podCidrs, others);
      problems = List.copyOf(found);
      failure = Optional.empty();
    } catch (IOException | RuntimeException e) {
      failure = Optional.of(e.getMessage());
      throw e;
    }
  }

  int bridgeIndex() {
    return bridgeIndex;
  }

  /** The largest packet that pods send. */
  int mtu() {
    return settings.mtu() != 0 ? settings.mtu() : uplink.mtu() - way.overhead();
  }

  Uplink uplink() {
    return uplink;
  }

  /** The kind of ways to other nodes. */
  String way() {
    return way.name();
  }

  List<InetAddress> nodeAddresses() {
    return settings.nodeAddress().map(List::of).orElseGet(() -> uplink.addresses());
  }

  /** Why the last attempt to set up or repair failed, if it did. */
  Optional<String> failure() {
    return failure;
  }

  /** What is not as it should be, but keeps no pod of this node from working. */
  List<String> problems() {
    return problems;
  }

  boolean bridgeRunning() throws IOException {
    return bridge.running().isPresent();
  }

  private OwnNode ownNode(List<Cidr> podCidrs) {
    return new OwnNode(podCidrs, nodeAddresses(), uplink.index(), mtu());
  }

  /** Pods of an earlier pod network keep their gateway as long as they live. */
  private static Set<Cidr> bridgeAddresses(List<Cidr> gateways, Collection<Attachment> attached) {
    Set<Cidr> addresses = new LinkedHashSet<>(gateways);
    for (Attachment attachment : attached) {
      for (Cidr podAddress : attachment.addresses()) {
        for (InetAddress gateway : attachment.gateways()) {
          if (podAddress.contains(gateway)) {
            addresses.add(new Cidr(gateway, podAddress.prefix()));
          }
        }
      }
    }
    return addresses;
  }

  private List<String> ensureCables(Map<String, Attachment> attached) throws IOException {
    // Taken before the links are listed: each of these has, or had, its cable by then.
    List<Attachment> before = List.copyOf(attached.values());
    if (before.isEmpty()) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    Map<String, Link> byName =
        rtnl.links().stream().collect(Collectors.toMap(Link::name, Function.identity()));
    for (Attachment attachment : before) {
      Link cable = byName.get(attachment.hostInterface());
      try {
        if (cable != null) {
          cables.plug(cable, bridgeIndex);
        } else if (attached.containsKey(attachment.sandboxId())) {
          layAgain(attachment);
        }
      } catch (IOException e) {
        if (!attached.containsKey(attachment.sandboxId())) {
          // Detached while it was looked at.
          continue;
        }
        LOG.log(
            System.Logger.Level.WARNING,
            "cannot repair the link of sandbox " + attachment.sandboxId(),
            e);
        found.add(
            "the link of pod "
                + attachment.podNamespace()
                + "/"
                + attachment.podName()
                + " is gone: "
                + e.getMessage());
      }
    }
    return found;
  }

  private void layAgain(Attachment attachment) throws IOException {
    Path path = Path.of(attachment.namespacePath());
    if (!Files.exists(path)) {
      throw new IOException("its network namespace " + path + " is gone");
    }
    try (NetworkNamespace sandbox = NetworkNamespace.open(path)) {
      cables.create(attachment, sandbox, bridgeIndex);
    }
  }

  private List<String> setSysctls(List<Cidr> gateways) throws IOException {
    boolean ipv4 = gateways.stream().anyMatch(g -> g.family() == IpFamily.IPV4);
    boolean ipv6 = gateways.stream().anyMatch(g -> g.family() == IpFamily.IPV6);
    List<Sysctl> report =
        host.call(() -> new Sysctls(PROC_SYS).forNode(settings.bridge(), ipv4, ipv6));
    sysctls = report;
    return report.stream().filter(s -> !s.problem().isEmpty()).map(Sysctl::toString).toList();
  }

  /** The kernel settings that the network needs, as the last setup found or set them. */
  List<Sysctl> sysctls() {
    return sysctls;
  }

  private void ensureFirewall(List<Cidr> podCidrs, List<Peer> others) throws IOException {
    List<Cidr> cluster = new ArrayList<>(settings.clusterCidrs());
    if (cluster.isEmpty()) {
      cluster.addAll(podCidrs);
      others.forEach(peer -> cluster.addAll(peer.podCidrs()));
    }
    NodeFirewall.Settings wanted = new NodeFirewall.Settings(settings.bridge(), podCidrs, cluster);
    if (!wanted.equals(applied)) {
      firewall.apply(wanted);
      applied = wanted;
    } else {
      firewall.repair();
    }
  }
}
