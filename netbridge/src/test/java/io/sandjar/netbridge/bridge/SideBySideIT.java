package io.sandjar.netbridge.bridge;

import static io.sandjar.netbridge.routes.Peer.Source.CONFIG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.namespace.BoundNamespaces;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.routes.VxlanRoutes;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkKind;
import io.sandjar.netbridge.rtnl.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two networks on one machine, as two daemons have them, and another node that knows both. */
class SideBySideIT {
  private static final String FAR = "far 10.90.0.0/24 192.0.2.2";

  @TempDir Path folder;
  private NodeLab lab;
  private NodeLab.Node node;
  private NodeLab.Node other;

  @BeforeEach
  void start() throws IOException {
    lab = new NodeLab(folder, 2, true);
    node = lab.node(1);
    other = lab.node(2);
  }

  @AfterEach
  void stop() throws IOException {
    // Of a test that failed half way.
    BoundNamespaces second = BoundNamespaces.of(folder.resolve(node.name), "cbr0-b");
    for (String owner : second.owners()) {
      second.unbind(owner);
    }
    lab.close();
  }

  @Test
  void eachKeepsItsRoutesPodsAndNamespaces() throws Exception {
    Peer second = Peer.parse("second 10.78.1.0/24 192.0.2.1", Peer.Source.CONFIG);
    other.start(new StaticRoutes(), List.of(node.asPeer(), second));
    NodeLab.Pod elsewhere = other.addPod();
    node.start(new StaticRoutes(), new PeerTable("first", List.of(), Optional.empty()));
    node.network.peers().add(other.asPeer());
    NodeLab.Pod own = node.addPod();
    PeerTable peers = new PeerTable("second", List.of(peer(FAR), other.asPeer()), Optional.empty());
    // Its name begins with the other bridge's, and both use one folder of namespaces.
    try (BridgeNetwork beside = openSecond("cbr0-b", new StaticRoutes(), peers);
        NetworkNamespace pod = NetworkNamespace.create()) {
      beside.reconcile(List.of());
      Attachment attachment =
          beside.attach(
              AttachRequest.of("b", pod, new AttachRequest.Pod("default", "b", "b", "b")));
      assertEquals(
          Set.of("10.77.2.0/24", "fd77:0:0:2::/64", "10.90.0.0/24"), destinations("cbr0-b"));
      // A peer that is added at run time gets its routes a moment later.
      Set<String> ofTheFirst = Set.of("10.77.2.0/24", "fd77:0:0:2::/64");
      BridgeNetworkIT.soon(() -> destinations("cbr0").equals(ofTheFirst));

      // Both look after their own again, and leave the other's.
      node.network.reconcile(List.of(own.attachment()));
      beside.reconcile(List.of(attachment));
      assertEquals(3, destinations("cbr0-b").size());
      assertEquals(ofTheFirst, destinations("cbr0"));
      assertTrue(Files.exists(Path.of(own.attachment().namespacePath())));
      assertTrue(Files.exists(Path.of(attachment.namespacePath())));
      Reach.ping(own.namespace(), elsewhere.attachment().primaryAddress());
      Reach.ping(pod, elsewhere.attachment().primaryAddress());

      // A route that one of them loses is its own to put back; one that it gives up is its alone.
      node.network.peers().remove(other.name);
      BridgeNetworkIT.soon(() -> destinations("cbr0").isEmpty());
      assertEquals(3, destinations("cbr0-b").size());
      Reach.run(node.namespace, "ip", "route", "del", "10.90.0.0/24");
      BridgeNetworkIT.soon(() -> destinations("cbr0-b").size() == 3);
      Reach.ping(pod, elsewhere.attachment().primaryAddress());
      beside.detach(attachment);
    }
    Reach.ping(own.namespace(), Reach.ip("10.77.1.1"));
  }

  @Test
  void aTunnelThatAnotherNetworkHasIsNotTaken() throws IOException {
    VxlanRoutes tunnel = new VxlanRoutes("sjvx", 77, 4789);
    node.start(tunnel, List.of(other.asPeer()));
    PeerTable peers = new PeerTable("second", List.of(peer(FAR)), Optional.empty());
    try (BridgeNetwork beside = openSecond("cbr1", tunnel, peers)) {
      beside.reconcile(List.of());
      NetworkStatus status = beside.status();
      assertFalse(status.ready());
      assertTrue(
          status.message().contains("sjvx belongs to the network of bridge cbr0"),
          status.message());
    }
    node.network.reconcile(List.of());
    assertTrue(node.network.status().ready(), node.network.status().message());
    PeerTable again = new PeerTable("second", List.of(peer(FAR)), Optional.empty());
    try (BridgeNetwork beside = openSecond("cbr1", new VxlanRoutes("sjvx2", 78, 4790), again)) {
      beside.reconcile(List.of());
      assertTrue(beside.status().ready(), beside.status().message());
      assertEquals(Set.of("10.90.0.0/24"), destinations("cbr1"));
    }
  }

  @Test
  void aTunnelIsMadeAnewWhenItIsToBeAnother() throws Exception {
    node.start(new VxlanRoutes("sjvx", 77, 4789), List.of(other.asPeer()));
    other.start(new VxlanRoutes("sjvx", 77, 4790), List.of(node.asPeer()));
    NodeLab.Pod here = node.addPod();
    NodeLab.Pod there = other.addPod();
    node.stop();
    node.start(new VxlanRoutes("sjvx", 77, 4790), List.of(other.asPeer()));
    assertEquals(4790, tunnel("sjvx").orElseThrow().port());
    Reach.ping(here.namespace(), there.attachment().primaryAddress());

    // Its node gets another address, and the other learns of that.
    Reach.run(node.namespace, "ip", "addr", "del", "192.0.2.1/24", "dev", "up0");
    Reach.run(node.namespace, "ip", "addr", "add", "192.0.2.77/24", "dev", "up0");
    BridgeNetworkIT.soon(
        () -> tunnel("sjvx").filter(t -> t.local().equals(Reach.ip("192.0.2.77"))).isPresent());
    other.stop();
    Peer moved = new Peer(node.name, node.podCidrs(), List.of(Reach.ip("192.0.2.77")), CONFIG);
    other.start(new VxlanRoutes("sjvx", 77, 4790), List.of(moved));
    Reach.pingSoon(here.namespace(), there.attachment().primaryAddress());

    // Somebody made it himself, on another link.
    Reach.run(node.namespace, "ip", "link", "add", "up1", "type", "bridge");
    String mac = node.rtnl.link("sjvx").orElseThrow().mac().orElseThrow().text();
    node.stop();
    Reach.run(
        node.namespace,
        "sh",
        "-c",
        "ip link del sjvx; ip link add sjvx address "
            + mac
            + " type vxlan id 77 dstport 4790 local 192.0.2.77 dev up1 nolearning");
    node.start(new VxlanRoutes("sjvx", 77, 4790), List.of(other.asPeer()));
    int uplink = node.rtnl.link("up0").orElseThrow().index();
    Link tunnel = node.rtnl.link("sjvx").orElseThrow();
    assertEquals(uplink, tunnel.vxlan().orElseThrow().device());
    node.network.reconcile(List.of(here.attachment()));
    assertEquals(tunnel, node.rtnl.link("sjvx").orElseThrow(), "one that is right stays");
    Reach.ping(here.namespace(), there.attachment().primaryAddress());
  }

  /** Of routes that vanish with their link the kernel tells for IPv6 only. */
  @Test
  void aTunnelForIpv4AloneIsPutBackSoonerThanTheClockLooks() throws Exception {
    PeerTable peers = new PeerTable("second", List.of(peer(FAR)), Optional.empty());
    try (BridgeNetwork ipv4 = openSecond("cbr1", new VxlanRoutes("sjvx9", 9, 4799), peers)) {
      ipv4.reconcile(List.of());
      assertEquals(Set.of("10.90.0.0/24"), destinations("cbr1"));
      // So often that the clock alone would take longer than anybody waits here.
      AtomicInteger deletions = new AtomicInteger();
      BridgeNetworkIT.soon(
          () -> {
            if (destinations("cbr1").isEmpty() || tunnel("sjvx9").isEmpty()) {
              return false;
            }
            if (deletions.getAndIncrement() == 3) {
              return true;
            }
            delete("sjvx9");
            return false;
          });
    }
  }

  @Test
  void limitsThatCannotBeLookedAfterKeepNothingElseFromBeingSetUp() throws Exception {
    node.start(new StaticRoutes(), List.of());
    node.addPod(List.of(), new Bandwidth(8_000_000, 0));
    node.stop();
    node.shaper = new BrokenShaper();
    node.start(new StaticRoutes(), List.of(peer(FAR)));
    assertEquals(Set.of("10.90.0.0/24"), destinations("cbr0"));
    NetworkStatus status = node.network.status();
    assertTrue(status.ready(), status.message());
    String problems = node.network.topology().toString();
    assertTrue(problems.contains("tc is broken"), problems);
  }

  private static final class BrokenShaper implements TrafficShaper {
    @Override
    public void limit(String hostInterface, Bandwidth bandwidth, int mtu) throws IOException {
      throw new IOException("tc is broken");
    }

    @Override
    public List<String> repair(Collection<Attachment> limited) throws IOException {
      throw new IOException("tc is broken");
    }

    @Override
    public void remove(String hostInterface) {}

    @Override
    public void close() {}
  }

  @Test
  void aTunnelThatTheConfigWantsNoMoreIsRemoved() throws IOException {
    node.start(new VxlanRoutes("sjvx", 77, 4789), List.of(other.asPeer()));
    node.stop();
    node.start(new VxlanRoutes("sjvx78", 78, 4789), List.of(other.asPeer()));
    assertEquals(Optional.empty(), tunnel("sjvx"));
    assertTrue(tunnel("sjvx78").isPresent());
    node.stop();
    node.start(new StaticRoutes(), List.of(other.asPeer()));
    assertEquals(Optional.empty(), tunnel("sjvx78"));
    other.start(new StaticRoutes(), List.of(node.asPeer()));
    Reach.eachReachesEach(List.of(node.addPod(), other.addPod()));
  }

  @Test
  void whatABridgeLeftIsRemovedButNotWhatAnotherHas() throws IOException {
    node.start(new VxlanRoutes("sjvx", 77, 4789), List.of(other.asPeer()));
    PeerTable peers = new PeerTable("second", List.of(peer(FAR)), Optional.empty());
    try (BridgeNetwork beside = openSecond("cbr1", new StaticRoutes(), peers)) {
      beside.reconcile(List.of());
      assertEquals(Set.of("10.90.0.0/24"), destinations("cbr1"));
    }
    try (BridgeRemains remains = BridgeRemains.of(node.namespace, "cbr1")) {
      assertEquals(Set.of(), remains.sandboxes(folder.resolve(node.name)));
      assertTrue(remains.remove());
      assertEquals(Set.of(), destinations("cbr1"));
      assertTrue(node.rtnl.link("cbr1").isEmpty());
    }
    NodeLab.Pod pod = node.addPod();
    node.stop();
    assertEquals(2, destinations("cbr0").size());
    Reach.run(node.namespace, "ip", "link", "add", "docker0", "type", "bridge");
    try (BridgeRemains foreign = BridgeRemains.of(node.namespace, "docker0")) {
      assertFalse(foreign.remove());
      assertTrue(node.rtnl.link("docker0").isPresent());
    }
    try (BridgeRemains remains = BridgeRemains.of(node.namespace, "cbr0")) {
      assertEquals(
          Set.of(pod.attachment().sandboxId()), remains.sandboxes(folder.resolve(node.name)));
      remains.remove();
    }
    assertEquals(Optional.empty(), tunnel("sjvx"));
    assertTrue(node.rtnl.link("cbr0").isEmpty());
  }

  private Optional<LinkKind.Vxlan> tunnel(String name) {
    try {
      return node.rtnl.link(name).flatMap(Link::vxlan);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void delete(String link) {
    try {
      node.rtnl.deleteLink(link);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private BridgeNetwork openSecond(String bridge, PeerRoutes way, PeerTable peers)
      throws IOException {
    BridgeSettings settings =
        new BridgeSettings(
            bridge,
            List.of(Cidr.parse("10.78.1.0/24")),
            List.of(),
            Optional.of("up0"),
            Optional.empty(),
            0,
            folder.resolve(node.name));
    return node.open(settings, "sandjar-" + bridge, way, peers);
  }

  private static Peer peer(String line) {
    return Peer.parse(line, Peer.Source.CONFIG);
  }

  /** Where the routes of a bridge's network lead. */
  private Set<String> destinations(String bridge) {
    try {
      return node.rtnl.routes().stream()
          .filter(r -> r.protocol() == PeerRoutes.PROTOCOL)
          .filter(r -> r.metric() == PeerRoutes.metricOf(bridge))
          .map(Route::destination)
          .map(Cidr::toString)
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
