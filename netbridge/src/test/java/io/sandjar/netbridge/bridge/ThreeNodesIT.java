package io.sandjar.netbridge.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.routes.VxlanRoutes;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.testbed.WhoAmI;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes, two pods on each. */
class ThreeNodesIT {
  private static final int VNI = 77;
  private static final int VXLAN_PORT = 4789;

  private static final PortMapping WEB = new PortMapping(PortMapping.Protocol.TCP, 8080, 80, "");

  @TempDir Path folder;

  @Test
  void everyPodReachesEveryOtherByItsRealAddress() throws IOException {
    try (NodeLab lab = new NodeLab(folder, 3, true)) {
      Reach.eachReachesEach(startAll(lab, new StaticRoutes()));
    }
  }

  @Test
  void throughTunnelsTooWhereNoSegmentIsShared() throws IOException {
    try (NodeLab lab = new NodeLab(folder, 3, false)) {
      List<NodeLab.Pod> pods = startAll(lab, way("vxlan"));
      assertEquals(1430, pods.get(0).attachment().mtu());
      Reach.eachReachesEach(pods);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"static", "vxlan"})
  void aDeletedBridgeIsMadeAgainWithEveryPodOnIt(String kind) throws IOException {
    PeerRoutes way = way(kind);
    try (NodeLab lab = new NodeLab(folder, 3, kind.equals("static"))) {
      List<NodeLab.Pod> pods = startAll(lab, way);
      Reach.run(lab.node(1).namespace, "ip", "link", "del", "cbr0");
      Reach.pingSoon(pods.get(0).namespace(), pods.get(5).attachment().primaryAddress());
      Reach.eachReachesEach(pods);
    }
  }

  @Test
  void deletedRoutesAndTunnelsComeBack() throws IOException {
    try (NodeLab lab = new NodeLab(folder, 3, false)) {
      List<NodeLab.Pod> pods = startAll(lab, way("vxlan"));
      Reach.run(lab.node(1).namespace, "ip", "link", "del", "sjvx");
      Reach.pingSoon(pods.get(0).namespace(), pods.get(5).attachment().primaryAddress());
      Reach.run(lab.node(1).namespace, "ip", "route", "del", "10.77.3.0/24");
      Reach.pingSoon(pods.get(0).namespace(), pods.get(5).attachment().primaryAddress());
      Reach.run(lab.node(1).namespace, "ip", "addr", "flush", "dev", "cbr0");
      Reach.pingSoon(pods.get(0).namespace(), pods.get(5).attachment().primaryAddress());
      Reach.run(lab.node(1).namespace, "nft", "delete", "table", "inet", "sandjar");
      assertTrue(tableComesBack(lab.node(1)));
      Reach.eachReachesEach(pods);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"static", "vxlan"})
  void podsOutliveTheirNodesDaemonAndItsSuccessorTakesThemOver(String kind) throws IOException {
    PeerRoutes way = way(kind);
    try (NodeLab lab = new NodeLab(folder, 3, kind.equals("static"))) {
      List<NodeLab.Pod> pods = new ArrayList<>(startAll(lab, way));
      NodeLab.Node second = lab.node(2);
      second.stop();
      Reach.eachReachesEach(pods);
      second.start(way, lab.peersOf(second));
      pods.add(second.addPod());
      List<String> addresses = pods.stream().flatMap(p -> p.attachment().ips().stream()).toList();
      assertEquals(addresses.size(), addresses.stream().distinct().count());
      Reach.eachReachesEach(pods);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"static", "vxlan"})
  void aRebootedNodeStartsAnewAndIsReachedAgain(String kind) throws IOException {
    PeerRoutes way = way(kind);
    try (NodeLab lab = new NodeLab(folder, 3, kind.equals("static"))) {
      List<NodeLab.Pod> pods = new ArrayList<>(startAll(lab, way));
      NodeLab.Node third = lab.node(3);
      for (NodeLab.Pod pod : List.copyOf(third.pods.values())) {
        third.removePod(pod);
        pods.remove(pod);
      }
      third.stop();
      Reach.run(third.namespace, "ip", "link", "del", "cbr0");
      Reach.run(third.namespace, "nft", "flush", "ruleset");
      if (kind.equals("vxlan")) {
        Reach.run(third.namespace, "ip", "link", "del", "sjvx");
      }
      third.start(way, lab.peersOf(third));
      pods.add(third.addPod());
      Reach.eachReachesEach(pods);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"static", "vxlan"})
  void nodesDoWithoutIpv4(String kind) throws IOException {
    try (NodeLab lab = new NodeLab(folder, 3, true)) {
      List<NodeLab.Pod> pods = new ArrayList<>();
      for (NodeLab.Node node : lab.nodes()) {
        Reach.run(node.namespace, "ip", "-4", "addr", "flush", "dev", "up0");
        BridgeSettings settings =
            new BridgeSettings(
                "cbr0",
                ofIpv6(node.podCidrs()),
                List.of(),
                Optional.of("up0"),
                Optional.empty(),
                0,
                folder.resolve(node.name));
        List<Peer> peers = lab.peersOf(node).stream().map(ThreeNodesIT::onlyIpv6).toList();
        node.start(settings, way(kind), new PeerTable(node.name, peers, Optional.empty()));
        assertTrue(node.network.status().ready(), node.network.status().message());
        assertEquals(List.of(), node.network.status().warnings());
        pods.add(node.addPod(List.of(WEB), Bandwidth.UNLIMITED));
        pods.add(node.addPod());
      }
      Optional<Link> tunnel = lab.node(3).rtnl.link("sjvx");
      assertEquals(kind.equals("vxlan"), tunnel.isPresent());
      lab.node(3)
          .network
          .reconcile(lab.node(3).pods.values().stream().map(NodeLab.Pod::attachment).toList());
      assertEquals(tunnel, lab.node(3).rtnl.link("sjvx"), "one that is right stays");
      Reach.eachReachesEach(pods);
      NodeLab.Pod web = pods.get(0);
      assertEquals(1, web.attachment().ips().size());
      assertEquals("", Reach.run(web.namespace(), "ip", "-4", "addr", "show", "dev", "eth0"));
      WhoAmI server = WhoAmI.start(web.namespace(), "web", WEB.containerPort());
      try {
        InetAddress first = Reach.ip("2001:db8::1");
        assertEquals(
            "web 2001:db8:0:0:0:0:0:2",
            WhoAmI.askTcp(lab.node(2).namespace, first, WEB.hostPort()));
        // A node's address is outside of the pods' networks: the pod comes by its own node's.
        assertEquals(
            "web 2001:db8:0:0:0:0:0:2",
            WhoAmI.askTcp(pods.get(2).namespace(), first, WEB.hostPort()));
      } finally {
        server.close();
      }
    }
  }

  private static List<Cidr> ofIpv6(List<Cidr> cidrs) {
    return cidrs.stream().filter(cidr -> cidr.family() == IpFamily.IPV6).toList();
  }

  private static Peer onlyIpv6(Peer peer) {
    return new Peer(
        peer.name(),
        ofIpv6(peer.podCidrs()),
        peer.nodeAddress(IpFamily.IPV6).stream().toList(),
        peer.source());
  }

  private static PeerRoutes way(String kind) {
    return kind.equals("static") ? new StaticRoutes() : new VxlanRoutes("sjvx", VNI, VXLAN_PORT);
  }

  private static boolean tableComesBack(NodeLab.Node node) throws IOException {
    for (int i = 0; i < 1200; i++) {
      if (Reach.run(node.namespace, "nft", "list", "tables").contains("table inet sandjar")) {
        return true;
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  /** Starts every node with two pods. */
  private static List<NodeLab.Pod> startAll(NodeLab lab, PeerRoutes way) throws IOException {
    List<NodeLab.Pod> pods = new ArrayList<>();
    for (NodeLab.Node node : lab.nodes()) {
      node.start(way, lab.peersOf(node));
      NetworkStatus status = node.network.status();
      assertTrue(status.ready(), status.message());
      assertEquals(List.of(), status.warnings());
      assertEquals(node.podCidrs().stream().map(Cidr::network).toList(), status.podCidrs());
      pods.add(node.addPod());
      pods.add(node.addPod());
    }
    return pods;
  }
}
