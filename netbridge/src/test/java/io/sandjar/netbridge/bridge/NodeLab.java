package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Nodes as network namespaces, joined by a router that is a namespace too. On one segment they are
 * neighbours; on segments of their own only the router is between them, and knows no pods.
 */
final class NodeLab implements AutoCloseable {
  private final Path folder;
  private final boolean oneSegment;
  private final NetworkNamespace router;
  private final List<Node> nodes = new ArrayList<>();

  /** One node: its namespace, its network and its pods. */
  final class Node implements AutoCloseable {
    final String name;
    final int number;
    final NetworkNamespace namespace;
    final Rtnl rtnl;
    final Map<String, Pod> pods = new ConcurrentHashMap<>();
    TrafficShaper shaper;
    BridgeNetwork network;

    Node(int number) throws IOException {
      this.number = number;
      this.name = "node-" + number;
      this.namespace = NetworkNamespace.create();
      // A node's uplink is older than a second, and done with looking for doubles of its address.
      namespace.call(
          () -> Files.writeString(Path.of("/proc/sys/net/ipv6/conf/default/accept_dad"), "0"));
      this.rtnl = Rtnl.in(namespace);
      this.shaper = new TcShaper(rtnl);
    }

    InetAddress address() {
      return Cidr.address(oneSegment ? "192.0.2." + number : "192.0." + number + ".2");
    }

    List<Cidr> podCidrs() {
      return List.of(
          Cidr.parse("10.77." + number + ".0/24"), Cidr.parse("fd77:0:0:" + number + "::/64"));
    }

    Peer asPeer() {
      // An IPv4 node address alone reaches IPv6 pods only through a tunnel.
      List<InetAddress> addresses = new ArrayList<>(List.of(address()));
      if (oneSegment) {
        addresses.add(Cidr.address("2001:db8::" + number));
      }
      return new Peer(name, podCidrs(), addresses, Peer.Source.CONFIG);
    }

    /** What a daemon does when it starts. */
    BridgeNetwork start(PeerRoutes way, List<Peer> peers) throws IOException {
      return start(way, new PeerTable(name, peers, Optional.empty()));
    }

    BridgeNetwork start(PeerRoutes way, PeerTable peers) throws IOException {
      return start(
          new BridgeSettings(
              BridgeSettings.DEFAULT_BRIDGE,
              podCidrs(),
              List.of(),
              Optional.of("up0"),
              Optional.empty(),
              0,
              folder.resolve(name)),
          way,
          peers);
    }

    BridgeNetwork start(BridgeSettings settings, PeerRoutes way, PeerTable peers)
        throws IOException {
      network = open(settings, "sandjar", way, peers);
      network.reconcile(pods.values().stream().map(Pod::attachment).toList());
      return network;
    }

    /** A network of this node's, beside others that it may have. */
    BridgeNetwork open(BridgeSettings settings, String table, PeerRoutes way, PeerTable peers)
        throws IOException {
      return BridgeNetwork.open(
          settings, namespace.duplicate(), peers, way, new NftFirewall(namespace, table), shaper);
    }

    Pod addPod() throws IOException {
      return addPod(List.of(), Bandwidth.UNLIMITED);
    }

    Pod addPod(List<PortMapping> ports, Bandwidth bandwidth) throws IOException {
      return addPod(ports, bandwidth, Set.of());
    }

    Pod addPod(List<PortMapping> ports, Bandwidth bandwidth, Set<IpFamily> families)
        throws IOException {
      NetworkNamespace pod = NetworkNamespace.create();
      String id = UUID.randomUUID().toString();
      try {
        Pod added = new Pod(pod, network.attach(request(pod, id, ports, bandwidth, families)));
        pods.put(id, added);
        return added;
      } catch (IOException | RuntimeException e) {
        pod.close();
        throw e;
      }
    }

    Attachment attach(NetworkNamespace pod, String id, List<PortMapping> ports) throws IOException {
      return network.attach(request(pod, id, ports, Bandwidth.UNLIMITED, Set.of()));
    }

    private AttachRequest request(
        NetworkNamespace pod,
        String id,
        List<PortMapping> ports,
        Bandwidth bandwidth,
        Set<IpFamily> families) {
      return new AttachRequest(
          id,
          pod,
          new AttachRequest.Pod("default", "pod-" + pods.size(), id, "pod"),
          ports,
          bandwidth,
          families);
    }

    /** As the engine does it: the namespace's last holder ends, then the network is told. */
    void removePod(Pod pod) throws IOException {
      pods.remove(pod.attachment.sandboxId());
      pod.namespace.close();
      network.detach(pod.attachment);
    }

    void stop() {
      if (network != null) {
        network.close();
        network = null;
      }
    }

    @Override
    public void close() throws IOException {
      stop();
      for (Pod pod : pods.values()) {
        pod.namespace.close();
        NetworkNamespace.unbind(Path.of(pod.attachment.namespacePath()));
      }
      rtnl.close();
      namespace.close();
    }
  }

  /** A pod: its namespace and how it is attached. */
  record Pod(NetworkNamespace namespace, Attachment attachment) {}

  NodeLab(Path folder, int count, boolean oneSegment) throws IOException {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new IllegalStateException("this test makes network namespaces: run it as root");
    }
    this.folder = folder;
    this.oneSegment = oneSegment;
    this.router = NetworkNamespace.create();
    try (Rtnl wires = Rtnl.in(router)) {
      router.call(
          () -> {
            Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
            return null;
          });
      int segment = 0;
      if (oneSegment) {
        wires.addLink(NewLink.bridge("segment").bornUp());
        segment = wires.link("segment").orElseThrow().index();
      }
      for (int number = 1; number <= count; number++) {
        Node node = new Node(number);
        nodes.add(node);
        NewLink up = NewLink.peer("up0").bornIn(node.namespace.fd());
        NewLink wire = NewLink.veth("wire" + number, up).bornUp();
        wires.addLink(oneSegment ? wire.in(segment) : wire);
        connect(wires, node);
      }
    }
  }

  private void connect(Rtnl wires, Node node) throws IOException {
    node.rtnl.setLink(LinkChange.of("lo").up(true));
    node.rtnl.setLink(LinkChange.of("up0").up(true));
    int up0 = node.rtnl.link("up0").orElseThrow().index();
    node.rtnl.addAddress(up0, new Cidr(node.address(), 24));
    if (oneSegment) {
      node.rtnl.addAddress(up0, Cidr.parse("2001:db8::" + node.number + "/64"));
    } else {
      InetAddress hop = Cidr.address("192.0." + node.number + ".1");
      wires.addAddress(wires.link("wire" + node.number).orElseThrow().index(), new Cidr(hop, 24));
      node.rtnl.addRoute(Route.byDefault(hop, up0));
    }
  }

  List<Node> nodes() {
    return nodes;
  }

  Node node(int number) {
    return nodes.get(number - 1);
  }

  List<Peer> peersOf(Node node) {
    return nodes.stream().filter(n -> n != node).map(Node::asPeer).toList();
  }

  @Override
  public void close() throws IOException {
    for (Node node : nodes) {
      node.close();
    }
    router.close();
  }
}
