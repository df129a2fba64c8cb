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
import io.sandjar.netbridge.rtnl.Uplink;
import io.sandjar.netbridge.sysctl.Sysctl;
import io.sandjar.netbridge.sysctl.Sysctls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
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
  private final NodePods pods;
  private final PeerTable peers;
  private final PeerRoutes way;
  private final NodeFirewall firewall;
  private final TrafficShaper shaper;
  private final BridgeLink bridge;

  private volatile Uplink uplink = Uplink.NONE;
  private volatile int bridgeIndex;
  private volatile Set<Cidr> bridgeAddresses = Set.of();
  private volatile List<Sysctl> sysctls = List.of();
  private volatile List<String> problems = List.of();
  private volatile Optional<String> failure = Optional.of("the network is not set up yet");
  private NodeFirewall.Settings applied;

  NodeState(
      BridgeSettings settings,
      NetworkNamespace host,
      Rtnl rtnl,
      PodLinks cables,
      NodePods pods,
      PeerTable peers,
      PeerRoutes way,
      NodeFirewall firewall,
      TrafficShaper shaper) {
    this.settings = settings;
    this.host = host;
    this.rtnl = rtnl;
    this.cables = cables;
    this.pods = pods;
    this.peers = peers;
    this.way = way;
    this.firewall = firewall;
    this.shaper = shaper;
    this.bridge = new BridgeLink(host, rtnl, settings.bridge());
  }

  /** Sets up or repairs everything; without a pod network there is nothing to set up. */
  synchronized void ensure() throws IOException {
    if (pods.pools().isEmpty()) {
      return;
    }
    Set<Cidr> gateways = pods.gateways();
    try {
      uplink = Uplink.find(rtnl, settings.uplink());
      bridgeIndex = bridge.ensure(mtu(), gateways);
      bridgeAddresses = gateways;
      List<String> found = new ArrayList<>(ensureCables());
      found.addAll(ensureLimits());
      found.addAll(setSysctls(gateways));
      List<Peer> others = peers.all();
      found.addAll(way.ensure(rtnl, ownNode(), others));
      ensureFirewall(gateways, others);
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

  /** Whether the link, of the bridge's name, is the one that was set up, and still so. */
  boolean isBridgeAsMade(Link link) {
    return link.index() == bridgeIndex && bridge.fits(link, mtu());
  }

  /** Whether what becomes of a link's addresses matters here. */
  boolean dependsOnAddressesOf(int link) {
    return link == bridgeIndex || link == uplink.index();
  }

  /** Whether the bridge had the sandbox's next hops when it was last set up. */
  boolean knowsGatewaysOf(Attachment attachment) {
    return bridgeAddresses.stream().map(Cidr::address).toList().containsAll(attachment.gateways());
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

  /** Why pods cannot be connected now although the last setup worked, if they cannot. */
  Optional<String> hindrance() throws IOException {
    if (bridge.running().isEmpty()) {
      return Optional.of("the bridge " + settings.bridge() + " is gone or down");
    }
    Set<Cidr> addresses = bridgeAddresses;
    return host.call(
        () ->
            new Sysctls(PROC_SYS)
                .whyNotForwarding(has(addresses, IpFamily.IPV4), has(addresses, IpFamily.IPV6)));
  }

  private static boolean has(Set<Cidr> addresses, IpFamily family) {
    return addresses.stream().anyMatch(a -> a.family() == family);
  }

  private OwnNode ownNode() {
    return new OwnNode(
        settings.bridge(), pods.pools().networks(), nodeAddresses(), uplink.index(), mtu());
  }

  private List<String> ensureCables() throws IOException {
    // Taken before the links are listed: each of these has, or had, its cable by then.
    List<Attachment> before = pods.all();
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
        } else if (pods.contains(attachment.sandboxId())) {
          layAgain(attachment);
        }
      } catch (IOException e) {
        if (!pods.contains(attachment.sandboxId())) {
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
      cables.createAgain(attachment, sandbox, bridgeIndex);
    }
  }

  /** What fails here is no reason to leave all else undone. */
  private List<String> ensureLimits() {
    List<Attachment> limited = pods.all().stream().filter(a -> a.bandwidth().limited()).toList();
    if (limited.isEmpty()) {
      return List.of();
    }
    try {
      List<String> found = shaper.repair(limited);
      for (Attachment attachment : limited) {
        if (!pods.contains(attachment.sandboxId())) {
          // Detached meanwhile, maybe by somebody who looked before there was something to remove.
          shaper.remove(attachment.hostInterface());
        }
      }
      return found;
    } catch (IOException e) {
      return List.of("the limits of pods' bandwidth cannot be checked: " + e.getMessage());
    }
  }

  private List<String> setSysctls(Set<Cidr> gateways) throws IOException {
    boolean ipv4 = has(gateways, IpFamily.IPV4);
    boolean ipv6 = has(gateways, IpFamily.IPV6);
    List<Sysctl> report =
        host.call(() -> new Sysctls(PROC_SYS).forNode(settings.bridge(), ipv4, ipv6));
    sysctls = report;
    return report.stream().filter(s -> !s.problem().isEmpty()).map(Sysctl::toString).toList();
  }

  /** The kernel settings that the network needs, as the last setup found or set them. */
  List<Sysctl> sysctls() {
    return sysctls;
  }

  /**
   * @param gateways also of earlier networks, whose pods are masqueraded as long as they live
   */
  private void ensureFirewall(Set<Cidr> gateways, List<Peer> others) throws IOException {
    // In one order, whoever of the pods comes first, so that the same settings are found equal.
    List<Cidr> podCidrs =
        gateways.stream()
            .map(Cidr::network)
            .distinct()
            .sorted(Comparator.comparing(Cidr::toString))
            .toList();
    List<Cidr> cluster = new ArrayList<>(settings.clusterCidrs());
    cluster.addAll(podCidrs);
    others.forEach(peer -> cluster.addAll(peer.podCidrs()));
    NodeFirewall.Settings wanted = new NodeFirewall.Settings(settings.bridge(), podCidrs, cluster);
    if (!wanted.equals(applied)) {
      firewall.apply(wanted);
      applied = wanted;
    } else {
      firewall.repair();
    }
  }
}
