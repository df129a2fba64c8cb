package io.sandjar.netbridge.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.pool.PoolUsage;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkAddress;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.MacAddress;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.testbed.WhoAmI;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bridge of one node. */
@Tag("machine")
class BridgeNetworkIT {
  private static final int UPLINK_MTU = 1400;
  private static final String ACCEPT_RA = "net.ipv6.conf.%s.accept_ra";

  @TempDir Path folder;
  private NodeLab lab;
  private NodeLab.Node node;

  @BeforeEach
  void startNode() throws IOException {
    lab = new NodeLab(folder, 2, true);
    node = lab.node(1);
    node.rtnl.setLink(LinkChange.of("up0").mtu(UPLINK_MTU));
    node.start(new StaticRoutes(), List.of());
  }

  @AfterEach
  void stopNode() throws IOException {
    lab.close();
  }

  @Test
  void aPodHasAddressesRoutesLoopbackAndTheUplinksMtu() throws IOException {
    NodeLab.Pod pod = node.addPod();
    try (Rtnl inside = Rtnl.in(pod.namespace())) {
      Link eth0 = inside.link("eth0").orElseThrow();
      assertTrue(eth0.running());
      assertEquals(UPLINK_MTU, eth0.mtu());
      assertEquals(pod.attachment().mac(), eth0.mac().orElseThrow().text());
      assertTrue(inside.link("lo").orElseThrow().up());
      List<Cidr> addresses =
          inside.addresses().stream()
              .filter(a -> a.link() == eth0.index() && !a.linkLocal())
              .map(LinkAddress::address)
              .toList();
      assertEquals(Set.copyOf(pod.attachment().addresses()), Set.copyOf(addresses));
      List<String> hops =
          inside.routes().stream()
              .filter(Route::isDefault)
              .map(r -> r.via().orElseThrow().getHostAddress())
              .toList();
      assertEquals(List.of("10.77.1.1", "fd77:0:0:1:0:0:0:1"), hops);
    }
    Link bridge = node.rtnl.link("cbr0").orElseThrow();
    Link hostEnd = node.rtnl.link(pod.attachment().hostInterface()).orElseThrow();
    assertEquals(UPLINK_MTU, bridge.mtu());
    assertEquals(bridge.index(), hostEnd.master());
    assertTrue(hostEnd.hairpin());
    assertEquals(
        pod.namespace().inode(),
        (Long) Files.getAttribute(Path.of(pod.attachment().namespacePath()), "unix:ino"));
  }

  /** Any pod could otherwise advertise itself as the router of the others (CVE-2020-13401). */
  @Test
  void neitherAPodNorTheBridgeTakesANeighbourForItsRouter() throws IOException {
    NodeLab.Pod pod = node.addPod();
    assertEquals(
        "0", Reach.run(pod.namespace(), "sysctl", "-n", ACCEPT_RA.formatted("eth0")).strip());
    assertEquals(
        "0", Reach.run(node.namespace, "sysctl", "-n", ACCEPT_RA.formatted("cbr0")).strip());
  }

  @Test
  void withoutAnIpv6AddressAPodsInterfaceHasNoIpv6AndItsOwnLinksAreAsBefore() throws IOException {
    NodeLab.Pod pod = node.addPod(List.of(), Bandwidth.UNLIMITED, Set.of(IpFamily.IPV4));
    assertEquals("1", ipv6Disabled(pod.namespace(), "eth0"));
    try (NetworkNamespace other = NetworkNamespace.create()) {
      assertEquals(ipv6Disabled(other, "default"), ipv6Disabled(pod.namespace(), "default"));
    }
  }

  private static String ipv6Disabled(NetworkNamespace in, String link) throws IOException {
    return Reach.run(in, "sysctl", "-n", "net.ipv6.conf." + link + ".disable_ipv6").strip();
  }

  @Test
  void anAttachmentSurvivesItsStateFile() throws IOException {
    Attachment attachment =
        node.addPod(
                List.of(new PortMapping(PortMapping.Protocol.UDP, 5353, 53, "")),
                new Bandwidth(8_000_000, 4_000_000))
            .attachment();
    assertEquals(attachment, Attachment.fromMap(attachment.toMap()));
  }

  @Test
  void theAddressOfADetachedPodIsKeptBackUntilItsLinkIsGone() throws Exception {
    NodeLab.Pod pod = node.addPod();
    node.network.detach(pod.attachment());
    int quarantined = usage().quarantined();
    if (node.rtnl.link(pod.attachment().hostInterface()).isPresent()) {
      assertEquals(1, quarantined);
    }
    node.pods.clear();
    // The namespace lives on, so the link is deleted behind the caller's back after a while.
    soon(() -> usage().quarantined() == 0);
    assertEquals(Optional.empty(), node.rtnl.link(pod.attachment().hostInterface()));
    pod.namespace().close();
  }

  @Test
  void aPodThatEndedIsGoneSoonAndLeavesNothing() throws Exception {
    NodeLab.Pod pod =
        node.addPod(
            List.of(new PortMapping(PortMapping.Protocol.TCP, 8443, 443, "")),
            new Bandwidth(8_000_000, 8_000_000));
    node.removePod(pod);
    soon(() -> usage().quarantined() == 0);
    soon(() -> sandboxLinks().isEmpty());
    assertFalse(Files.exists(Path.of(pod.attachment().namespacePath())));
    assertFalse(Reach.run(node.namespace, "nft", "list", "ruleset").contains("8443"));
    node.network.detach(pod.attachment());
    node.network.discard(pod.attachment().sandboxId());
  }

  @Test
  void aHostPortInUseIsRefusedWithBothPodsNamesAndNothingIsMade() throws IOException {
    PortMapping port = new PortMapping(PortMapping.Protocol.TCP, 8080, 80, "");
    node.addPod(List.of(port), Bandwidth.UNLIMITED);
    List<String> before = sandboxLinks();
    IOException e =
        assertThrows(IOException.class, () -> node.addPod(List.of(port), Bandwidth.UNLIMITED));
    assertTrue(
        e.getMessage().contains("default/pod-0") && e.getMessage().contains("default/pod-1"),
        e.getMessage());
    assertEquals(before, sandboxLinks());
    assertEquals(1, usage().leased());
  }

  @Test
  void anAttachThatFailsHalfWayIsTakenBack() throws IOException {
    int notANamespace = Libc.get().open("/dev/null", 0, 0);
    try (NetworkNamespace wrong = NetworkNamespace.of(new Fd(notANamespace))) {
      assertThrows(IOException.class, () -> node.attach(wrong, "broken", List.of()));
    }
    assertEquals(List.of(), sandboxLinks());
    assertEquals(0, usage().leased());
    try (Stream<Path> files = Files.list(folder.resolve(node.name))) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void aPodReachesItselfThroughItsHostPort() throws IOException {
    NodeLab.Pod pod =
        node.addPod(
            List.of(new PortMapping(PortMapping.Protocol.TCP, 8080, 80, "")), Bandwidth.UNLIMITED);
    WhoAmI server = WhoAmI.start(pod.namespace(), "itself", 80);
    try {
      String answer = WhoAmI.askTcp(pod.namespace(), node.address(), 8080);
      assertTrue(answer.startsWith("itself "), answer);
    } finally {
      server.close();
    }
  }

  @Test
  void thePodNetworkCanComeLater() throws IOException {
    node.stop();
    BridgeSettings later =
        new BridgeSettings(
            "cbr1", List.of(), List.of(), Optional.empty(), Optional.empty(), 0, folder);
    node.start(later, new StaticRoutes(), new PeerTable("late", List.of(), Optional.empty()));
    NetworkStatus before = node.network.status();
    assertEquals("PodCIDRMissing", before.reason());
    IOException e = assertThrows(IOException.class, () -> node.addPod());
    assertTrue(e.getMessage().contains("no pod network yet"), e.getMessage());
    node.network.podCidrs(List.of(Cidr.parse("10.78.0.0/22")));
    assertTrue(node.network.status().ready(), node.network.status().message());
    assertEquals(List.of("10.78.0.2"), node.addPod().attachment().ips());
  }

  @Test
  void podsOfAnEarlierPodNetworkKeepTheirGateway() throws IOException {
    NodeLab.Pod old = node.addPod();
    node.network.podCidrs(List.of(Cidr.parse("10.79.0.0/24")));
    NodeLab.Pod young = node.addPod();
    assertEquals(List.of("10.79.0.2"), young.attachment().ips());
    Reach.ping(old.namespace(), Reach.ip("10.77.1.1"));
    Reach.ping(young.namespace(), Reach.ip("10.79.0.1"));
    // Beyond the cluster, where nobody knows a way to pods, both are seen as the node.
    NodeLab.Node outside = lab.node(2);
    WhoAmI server = WhoAmI.start(outside.namespace, "outside", 80);
    try {
      for (NodeLab.Pod pod : List.of(old, young)) {
        String answer = WhoAmI.askTcp(pod.namespace(), outside.address(), 80);
        assertEquals("outside 192.0.2.1", answer, pod.attachment().ips()::toString);
      }
    } finally {
      server.close();
    }
  }

  @Test
  void aPodNetworkThatCannotBeLeavesTheOneThereIs() throws IOException {
    node.network.peers().add(Peer.parse("far 10.90.0.0/24 192.0.2.2", Peer.Source.RUNTIME));
    List<Cidr> taken = List.of(Cidr.parse("10.90.0.0/16"));
    assertThrows(IllegalArgumentException.class, () -> node.network.podCidrs(taken));
    node.network.podCidrs(List.of(Cidr.parse("10.77.0.0/16")));
    Attachment pod = node.addPod().attachment();
    assertEquals(List.of("10.77.0.2"), pod.ips());
    List<Cidr> tooSmall = List.of(Cidr.parse("10.91.0.0/31"));
    assertThrows(IllegalArgumentException.class, () -> node.network.podCidrs(tooSmall));
    assertEquals(List.of(Cidr.parse("10.77.0.0/16")), node.network.status().podCidrs());
    // Nor is what was refused kept from others.
    node.network.peers().add(Peer.parse("next 10.91.0.0/24 192.0.2.3", Peer.Source.RUNTIME));
  }

  @Test
  void reservedHostPortsAreRefusedToOthersUntilTheyAreGivenBack() throws IOException {
    List<PortMapping> ports = List.of(new PortMapping(PortMapping.Protocol.TCP, 8080, 80, ""));
    AttachRequest.Pod first = new AttachRequest.Pod("default", "first", "1", "first");
    AttachRequest.Pod second = new AttachRequest.Pod("default", "second", "2", "second");
    node.network.reserve("first", first, ports);
    IOException e =
        assertThrows(IOException.class, () -> node.network.reserve("second", second, ports));
    assertTrue(
        e.getMessage().contains("default/first") && e.getMessage().contains("default/second"),
        e.getMessage());
    node.network.discard("first");
    node.network.reserve("second", second, ports);
  }

  @Test
  void linksOfOthersAreLeftAlone() throws IOException {
    node.rtnl.addLink(NewLink.veth("sj0123456789ab", NewLink.peer("veth9")));
    node.network.reconcile(List.of());
    assertTrue(node.rtnl.link("sj0123456789ab").isPresent());
  }

  @Test
  void aPulledOutLinkIsPluggedInAgain() throws Exception {
    NodeLab.Pod pod = node.addPod();
    String link = pod.attachment().hostInterface();
    Reach.run(node.namespace, "ip", "link", "set", link, "nomaster");
    Reach.pingSoon(pod.namespace(), Reach.ip("10.77.1.1"));
    Reach.run(node.namespace, "ip", "link", "del", link);
    soon(() -> podHasLink(pod));
    Reach.pingSoon(pod.namespace(), Reach.ip("10.77.1.1"));
    Reach.run(node.namespace, "ip", "link", "set", "cbr0", "down");
    Reach.pingSoon(pod.namespace(), Reach.ip("10.77.1.1"));
  }

  /** A link that a container makes at that moment is to be as all its others. */
  @Test
  @SuppressWarnings("try") // the file is only kept open
  void aLinkIsMadeAgainWithoutAWordToWhatThePodsOwnLinksAreBornWith() throws Exception {
    NodeLab.Pod pod = node.addPod(List.of(), Bandwidth.UNLIMITED, Set.of(IpFamily.IPV4));
    Path defaults = Path.of("/proc/sys/net/ipv6/conf/default");
    // A watcher's thread lives where it was made; the open file keeps the kernel from forgetting
    // the folder, and the watch with it.
    try (WatchService writes =
            pod.namespace().call(() -> FileSystems.getDefault().newWatchService());
        InputStream kept =
            pod.namespace().call(() -> Files.newInputStream(defaults.resolve("forwarding")))) {
      pod.namespace().call(() -> defaults.register(writes, StandardWatchEventKinds.ENTRY_MODIFY));
      Reach.run(node.namespace, "ip", "link", "del", pod.attachment().hostInterface());
      soon(() -> podHasLink(pod));
      assertEquals("1", ipv6Disabled(pod.namespace(), "eth0"));
      Reach.run(pod.namespace(), "sysctl", "-qw", "net.ipv6.conf.default.forwarding=1");
      WatchKey seen = writes.poll(60, TimeUnit.SECONDS);
      assertNotNull(seen, "nothing was written to what a new link is born with");
      assertEquals(Path.of("forwarding"), seen.pollEvents().get(0).context());
    }
  }

  @Test
  void theLimitsOfALinkThatIsMadeAgainAreSetAgain() throws Exception {
    NodeLab.Pod pod = node.addPod(List.of(), new Bandwidth(8_000_000, 4_000_000));
    String link = pod.attachment().hostInterface();
    soon(() -> isLimited(link));
    Reach.run(node.namespace, "ip", "link", "del", link);
    soon(() -> podHasLink(pod) && isLimited(link));
    Reach.run(node.namespace, "ip", "link", "del", TcShaper.ifbName(link));
    soon(() -> isLimited(link));
    // What happens while nobody looks is found by whoever comes next.
    node.stop();
    Reach.run(node.namespace, "ip", "link", "del", link);
    node.start(new StaticRoutes(), List.of());
    assertTrue(isLimited(link));
    Reach.run(node.namespace, "tc", "qdisc", "replace", "dev", link, "root", "pfifo");
    node.network.reconcile(List.of(pod.attachment()));
    assertTrue(isLimited(link));
    node.removePod(pod);
    soon(() -> sandboxLinks().isEmpty());
  }

  private boolean isLimited(String link) {
    try {
      String sending = TcShaper.ifbName(link);
      return node.rtnl.link(link).isPresent()
          && node.rtnl.link(sending).isPresent()
          && Reach.run(node.namespace, "tc", "qdisc", "show", "dev", link).contains("rate 8Mbit")
          && Reach.run(node.namespace, "tc", "qdisc", "show", "dev", sending).contains("rate 4Mbit")
          && Reach.run(node.namespace, "tc", "filter", "show", "dev", link, "ingress")
              .contains("Redirect to device " + sending);
    } catch (IOException e) {
      // It is being made.
      return false;
    }
  }

  @Test
  void forwardingThatSomebodyTurnsOffIsTurnedOnAgain() throws Exception {
    for (String forwarding : List.of("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")) {
      Reach.run(node.namespace, "sysctl", "-qw", forwarding + "=0");
      soon(() -> sysctl(forwarding).equals("1"));
      assertTrue(node.network.status().ready(), node.network.status().message());
    }
  }

  private String sysctl(String name) {
    try {
      return Reach.run(node.namespace, "sysctl", "-n", name).strip();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theHardwareAddressThatPodsKnowTheirGatewayByComesBack() throws Exception {
    Optional<MacAddress> before = node.rtnl.link("cbr0").orElseThrow().mac();
    Reach.run(node.namespace, "ip", "link", "set", "cbr0", "address", "02:00:00:00:00:99");
    soon(() -> bridge().mac().equals(before));
    Reach.run(node.namespace, "ip", "link", "set", "cbr0", "mtu", "1300");
    soon(() -> bridge().mtu() == UPLINK_MTU);
  }

  private Link bridge() {
    try {
      return node.rtnl.link("cbr0").orElseThrow();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void peersOutsideOfTheClustersNetworkSeePodsRealAddressesToo() throws IOException {
    node.stop();
    NodeLab.Node other = lab.node(2);
    BridgeSettings narrow =
        new BridgeSettings(
            "cbr0",
            node.podCidrs(),
            List.of(Cidr.parse("10.99.0.0/16")),
            Optional.of("up0"),
            Optional.empty(),
            0,
            folder.resolve(node.name));
    node.start(
        narrow, new StaticRoutes(), new PeerTable("a", List.of(other.asPeer()), Optional.empty()));
    other.start(new StaticRoutes(), List.of(node.asPeer()));
    Reach.eachReachesEach(List.of(node.addPod(), other.addPod()));
  }

  @Test
  void aForeignLinkWithTheBridgesNameIsReported() throws IOException {
    node.stop();
    BridgeSettings settings =
        new BridgeSettings(
            "taken0",
            List.of(Cidr.parse("10.80.0.0/24")),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            0,
            folder);
    node.rtnl.addLink(NewLink.veth("taken0", NewLink.peer("taken1")));
    node.start(settings, new StaticRoutes(), new PeerTable("late", List.of(), Optional.empty()));
    assertFalse(node.network.status().ready());
    String message = node.network.status().message();
    assertTrue(message.contains("taken0 exists and is no bridge"), message);
  }

  private PoolUsage usage() {
    return node.network.pools().usage().get(0);
  }

  private boolean podHasLink(NodeLab.Pod pod) {
    try (Rtnl inside = Rtnl.in(pod.namespace())) {
      return inside.link("eth0").filter(Link::running).isPresent();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> sandboxLinks() {
    try {
      return node.rtnl.links().stream()
          .map(Link::name)
          .filter(name -> name.startsWith("sj") || name.startsWith("ifb"))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static void soon(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "it did not happen in 60 s");
      Thread.sleep(20);
    }
  }
}
