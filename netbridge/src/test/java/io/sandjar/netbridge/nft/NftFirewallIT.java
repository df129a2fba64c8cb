package io.sandjar.netbridge.nft;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.PortMapping.Protocol;
import io.sandjar.netbridge.bridge.NodeFirewall.Settings;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.sysctl.Sysctl;
import io.sandjar.netbridge.sysctl.Sysctls;
import io.sandjar.netbridge.testbed.SctpInit;
import io.sandjar.netbridge.testbed.Testbed;
import io.sandjar.netbridge.testbed.Testbed.Pod;
import io.sandjar.netbridge.testbed.WhoAmI;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the table does to real packets, in namespaces of its own. */
class NftFirewallIT {
  private static final Settings SETTINGS =
      new Settings(
          Testbed.BRIDGE,
          List.of(Testbed.POD_CIDR, Testbed.POD_CIDR6),
          List.of(Testbed.CLUSTER_CIDR, Testbed.CLUSTER_CIDR6));
  private static final int HOST_PORT = 8080;
  private static final int POD_PORT = 80;
  private static final List<PortMapping> WEB =
      List.of(mapping(Protocol.TCP, ""), mapping(Protocol.UDP, ""));

  private Testbed bed;
  private Pod web;
  private Pod other;
  private NftFirewall firewall;

  @BeforeEach
  void aNodeWithTwoPods() throws IOException {
    bed = new Testbed();
    web = bed.addPod();
    other = bed.addPod();
    List<Sysctl> report =
        bed.node().call(() -> new Sysctls(Testbed.procSys()).forNode(Testbed.BRIDGE, true, true));
    assertTrue(report.stream().allMatch(each -> each.problem().isEmpty()), report.toString());
    firewall = bed.opened(new NftFirewall(bed.node(), "sandjar"));
    firewall.apply(SETTINGS);
    bed.opened(WhoAmI.start(web.namespace(), "web", POD_PORT));
  }

  @AfterEach
  void takeDown() throws IOException {
    bed.close();
  }

  @Test
  void aHostPortLeadsFromOutsideToThePod() throws IOException {
    open(WEB);
    assertBoth("web 192.0.2.2", bed.outside(), Testbed.NODE);
    assertBoth("web 2001:db8:0:0:0:0:0:2", bed.outside(), Testbed.NODE6);
  }

  @Test
  void aHostPortIsReachedFromLocalhost() throws IOException {
    open(WEB);
    assertBoth("web 10.88.1.1", bed.node(), Testbed.loopback(IpFamily.IPV4));
  }

  @Test
  void aHostPortIsReachedFromTheNodesOwnAddress() throws IOException {
    open(WEB);
    assertBoth("web 192.0.2.1", bed.node(), Testbed.NODE);
    assertBoth("web 2001:db8:0:0:0:0:0:1", bed.node(), Testbed.NODE6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aHostPortIsReachedFromThePodItselfAndFromItsNeighbour(String bridgedPacketsFiltered)
      throws IOException {
    bed.node()
        .call(
            () -> {
              for (String tool : List.of("iptables", "ip6tables")) {
                Path file = Testbed.procSys().resolve("net/bridge/bridge-nf-call-" + tool);
                if (Files.exists(file)) {
                  Files.writeString(file, bridgedPacketsFiltered);
                }
              }
              return null;
            });
    open(WEB);
    for (NetworkNamespace from : List.of(web.namespace(), other.namespace())) {
      assertBoth("web 10.88.1.1", from, Testbed.NODE);
      assertBoth("web fd88:0:0:1:0:0:0:1", from, Testbed.NODE6);
    }
  }

  @Test
  void aClosedHostPortLeadsNowhere() throws IOException {
    open(WEB);
    firewall.close("web");
    assertRefused(bed.outside(), Testbed.NODE);
    assertRefused(bed.node(), Testbed.loopback(IpFamily.IPV4));
    firewall.close("web");
  }

  @Test
  void aHostPortOfOneAddressIsClosedOnTheOthers() throws IOException {
    open(List.of(mapping(Protocol.TCP, "127.0.0.1")));
    assertEquals("web 10.88.1.1", tcp(bed.node(), Testbed.loopback(IpFamily.IPV4)));
    assertRefused(bed.outside(), Testbed.NODE);
    firewall.close("web");
    open(List.of(mapping(Protocol.TCP, "2001:db8::1")));
    assertEquals("web 2001:db8:0:0:0:0:0:2", tcp(bed.outside(), Testbed.NODE6));
    assertRefused(bed.outside(), Testbed.NODE);
  }

  @Test
  void whatTheNodeItselfServesOnLoopbackV6StaysReachable() throws IOException {
    open(WEB);
    InetAddress loopback = Testbed.loopback(IpFamily.IPV6);
    bed.opened(WhoAmI.start(bed.node(), "node", new InetSocketAddress(loopback, HOST_PORT)));
    assertEquals("node 0:0:0:0:0:0:0:1", tcp(bed.node(), loopback));
  }

  @Test
  void anSctpPortLeadsToThePodToo() throws IOException {
    open(List.of(mapping(Protocol.SCTP, "")));
    assertTrue(list().contains("sctp . 8080 comment \"default/web\" : 10.88.1.2 . 80"), list());
    assertEquals(
        POD_PORT, SctpInit.arrivesAt(bed.outside(), Testbed.NODE, HOST_PORT, web.namespace()));
  }

  @Test
  void aTakenHostPortIsRefusedWithTheNamesOfBothPods() throws IOException {
    open(WEB);
    IOException refusal =
        assertThrows(
            HostPortConflictException.class,
            () ->
                firewall.claim(
                    "second", "default/second", List.of(mapping(Protocol.TCP, "192.0.2.1"))));
    assertTrue(refusal.getMessage().contains("default/web"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("default/second"), refusal.getMessage());
    // Another protocol is another port, and a port is free again once its pod is gone.
    firewall.claim("second", "default/second", List.of(mapping(Protocol.SCTP, "")));
    firewall.close("web");
    firewall.claim("third", "default/third", WEB);
  }

  @Test
  void onlyTrafficThatLeavesTheClusterIsMasqueraded() throws IOException {
    bed.opened(WhoAmI.start(bed.outside(), "far", POD_PORT));
    NetworkNamespace pod = web.namespace();
    assertEquals("far 192.0.2.1", WhoAmI.askTcp(pod, Testbed.OUTSIDE, POD_PORT));
    assertEquals("far 2001:db8:0:0:0:0:0:1", WhoAmI.askTcp(pod, Testbed.OUTSIDE6, POD_PORT));
    assertEquals("far 10.88.1.2", WhoAmI.askTcp(pod, Testbed.PEER_POD, POD_PORT));
    assertEquals("far fd88:0:0:1:0:0:0:2", WhoAmI.askTcp(pod, Testbed.PEER_POD6, POD_PORT));
    assertEquals("web 10.88.1.3", WhoAmI.askTcp(other.namespace(), web.address(), POD_PORT));
  }

  @Test
  void podsDoNotReachTheNodesLoopback() throws IOException {
    bed.opened(WhoAmI.start(bed.node(), "secret", new InetSocketAddress("127.0.0.1", POD_PORT)));
    assertEquals(
        "secret 127.0.0.1", WhoAmI.askTcp(bed.node(), Testbed.loopback(IpFamily.IPV4), POD_PORT));
    Testbed.run(web.namespace(), "ip", "addr", "del", "127.0.0.1/8", "dev", "lo");
    Testbed.run(
        web.namespace(), "ip", "route", "add", "127.0.0.1/32", "via", "10.88.1.1", "dev", "eth0");
    Testbed.run(web.namespace(), "sysctl", "-qw", "net.ipv4.conf.eth0.route_localnet=1");
    WhoAmI.assertNoTcp(web.namespace(), Testbed.loopback(IpFamily.IPV4), POD_PORT);
    assertTrue(list().contains("ip daddr 127.0.0.0/8 counter packets "), list());
    assertFalse(list().contains("ip daddr 127.0.0.0/8 counter packets 0 "), list());
  }

  @Test
  void othersTablesStayAsTheyAre() throws IOException {
    bed.run("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT");
    bed.run("nft", "add table inet mine; add chain inet mine c; add rule inet mine c accept");
    String before = withoutOurs();
    open(WEB);
    firewall.apply(SETTINGS);
    firewall.close("web");
    assertEquals(before, withoutOurs());
    firewall.uninstall();
    assertEquals(before, bed.run("nft", "list", "ruleset"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "delete table inet sandjar",
        "flush chain inet sandjar postrouting",
        "add rule inet sandjar guard accept",
        "flush map inet sandjar ports4",
        "add element inet sandjar ports4 { tcp . 9 : 10.88.1.9 . 9 }",
        "delete element inet sandjar cluster4 { 10.88.0.0/16 }"
      })
  void aTableThatSomebodyAlteredIsPutBackWhole(String damage) throws IOException {
    open(WEB);
    String before = list();
    assertFalse(firewall.repair());
    bed.run("nft", damage);
    assertTrue(firewall.repair());
    assertEquals(before, list());
    assertFalse(firewall.repair());
    assertBoth("web 192.0.2.2", bed.outside(), Testbed.NODE);
  }

  @Test
  void aPortOpensEvenIfTheTableWasJustDeleted() throws IOException {
    bed.run("nft", "delete table inet sandjar");
    open(WEB);
    assertBoth("web 192.0.2.2", bed.outside(), Testbed.NODE);
    bed.run("nft", "flush map inet sandjar ports4");
    firewall.close("web");
    assertRefused(bed.outside(), Testbed.NODE);
  }

  @Test
  void aTableThatCannotBeWrittenNowIsPutBackLater() throws Exception {
    bed.run("nft", "delete table inet sandjar");
    // The kernel lets nobody else change a table that has an owner, for as long as he lives.
    Process owner = bed.node().call(() -> new ProcessBuilder("nft", "-i").start());
    try {
      owner.getOutputStream().write("add table inet sandjar { flags owner; }\n".getBytes(UTF_8));
      owner.getOutputStream().flush();
      for (int i = 0; i < 5000 && !bed.run("nft", "list", "tables").contains("sandjar"); i++) {
        assertTrue(owner.isAlive());
      }
      assertThrows(IOException.class, () -> open(WEB));
      assertThrows(IOException.class, () -> firewall.repair());
    } finally {
      owner.destroy();
      owner.waitFor();
    }
    assertTrue(firewall.repair());
    assertFalse(firewall.repair());
    assertBoth("web 192.0.2.2", bed.outside(), Testbed.NODE);
  }

  @Test
  void aNewProcessOpensExactlyThePortsOfTheSandboxesThatLive() throws IOException {
    open(WEB);
    firewall.claim("gone", "default/gone", List.of(new PortMapping(Protocol.TCP, 9, 9, "")));
    firewall.open("gone", other.addresses());
    NftFirewall next = bed.opened(new NftFirewall(bed.node(), "sandjar"));
    next.apply(SETTINGS);
    next.reconcile(List.of(attachment("web", web, WEB)));
    assertBoth("web 192.0.2.2", bed.outside(), Testbed.NODE);
    assertFalse(list().contains("default/gone"), list());
    assertThrows(
        HostPortConflictException.class, () -> next.claim("second", "default/second", WEB));
  }

  @Test
  void aUdpClientThatKeepsSendingFollowsThePort() throws IOException {
    try (DatagramSocket client = bed.outside().call(() -> new DatagramSocket())) {
      WhoAmI.assertNoUdp(client, Testbed.NODE, HOST_PORT);
      open(WEB);
      assertEquals("web 192.0.2.2", WhoAmI.askUdp(client, Testbed.NODE, HOST_PORT));
      firewall.close("web");
      bed.opened(WhoAmI.start(other.namespace(), "other", POD_PORT));
      firewall.claim("other", "default/other", WEB);
      firewall.open("other", other.addresses());
      assertEquals("other 192.0.2.2", WhoAmI.askUdp(client, Testbed.NODE, HOST_PORT));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables-nft", "iptables-legacy"})
  void aForwardPolicyOfDropIsReportedWithTheWayOut(String iptables) throws IOException {
    assertEquals(List.of(), firewall.warnings());
    bed.run(iptables, "-P", "FORWARD", "DROP");
    bed.opened(WhoAmI.start(bed.outside(), "far", POD_PORT));
    WhoAmI.assertNoTcp(web.namespace(), Testbed.OUTSIDE, POD_PORT);
    List<String> warnings = firewall.warnings();
    assertEquals(1, warnings.size(), warnings.toString());
    String commands = warnings.get(0).substring(warnings.get(0).indexOf("with: ") + 6);
    bed.run("sh", "-c", commands.replaceAll("\\biptables\\S*", iptables));
    assertEquals(List.of(), firewall.warnings());
    assertEquals("far 192.0.2.1", WhoAmI.askTcp(web.namespace(), Testbed.OUTSIDE, POD_PORT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables-nft", "iptables-legacy", "ip6tables-legacy"})
  void onlyRulesForAllForwardedPacketsOfBothWaysLetPodsThrough(String iptables) throws IOException {
    bed.run(iptables, "-P", "FORWARD", "DROP");
    for (String rule :
        List.of(
            "-A INPUT -i cbr0 -j ACCEPT",
            "-A OUTPUT -o cbr0 -j ACCEPT",
            "-N UNUSED",
            "-A UNUSED -j ACCEPT",
            "-N PODS",
            "-A PODS -i cbr0 -j ACCEPT",
            "-A PODS -o cbr0 -j ACCEPT",
            "-A FORWARD -p tcp -j PODS",
            "-A FORWARD -i cbr0 -o cbr0 -j ACCEPT",
            "-A FORWARD -i cbr01 -j ACCEPT",
            "-A FORWARD -o cbr -j ACCEPT",
            "-A FORWARD -i cbr0")) {
      bed.run("sh", "-c", iptables + " " + rule);
      assertBlocked("from and to cbr0");
    }
    bed.run("sh", "-c", iptables + " -A FORWARD -i cbr+ -j ACCEPT");
    assertBlocked("to cbr0");
    bed.run("sh", "-c", iptables + " -I FORWARD -i cbr0 -j DROP");
    assertBlocked("from and to cbr0");
    bed.run("sh", "-c", iptables + " -D FORWARD 1");
    bed.run("sh", "-c", iptables + " -A FORWARD -j PODS");
    assertEquals(List.of(), firewall.warnings());
    bed.run("sh", "-c", iptables + " -I PODS -j RETURN");
    assertBlocked("to cbr0");
    bed.run("sh", "-c", iptables + " -P FORWARD ACCEPT");
    assertEquals(List.of(), firewall.warnings());
    bed.run("sh", "-c", iptables + " -I FORWARD -i cbr0 -j RETURN");
    assertEquals(List.of(), firewall.warnings());
    bed.run("sh", "-c", iptables + " -A FORWARD -j REJECT");
    assertBlocked("to cbr0");
  }

  @Test
  void aChainThatDropsAtItsEndIsReportedLikeAPolicy() throws IOException {
    bed.run("nft", "add table inet fw; add chain inet fw zones");
    bed.run("nft", "add chain inet fw forwarded { type filter hook forward priority 0; }");
    bed.run("nft", "add rule inet fw forwarded ct state established accept");
    bed.run("nft", "add rule inet fw forwarded jump zones");
    assertEquals(List.of(), firewall.warnings());
    bed.run("nft", "add rule inet fw forwarded counter reject with icmpx admin-prohibited");
    String commands = assertBlocked("from and to cbr0");
    bed.run("nft", "add rule inet fw zones iifname { \"docker0\", \"cbr0\" } counter accept");
    assertBlocked("to cbr0");
    bed.run("nft", "add rule inet fw zones oifname \"cb*\" accept");
    assertEquals(List.of(), firewall.warnings());
    bed.run("nft", "flush chain inet fw zones");
    bed.run("sh", "-c", commands);
    assertEquals(List.of(), firewall.warnings());
  }

  /** Answers the commands that the one warning proposes. */
  private String assertBlocked(String ways) throws IOException {
    List<String> warnings = firewall.warnings();
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(warnings.get(0).contains("accepts all those " + ways + ","), warnings.get(0));
    return warnings.get(0).substring(warnings.get(0).indexOf("with: ") + 6);
  }

  @Test
  void aLegacyForwardPolicyForIpv6IsReportedToo() throws IOException {
    bed.run("ip6tables-legacy", "-P", "FORWARD", "DROP");
    bed.run("ip6tables-legacy", "-A", "FORWARD", "-i", "other0", "-j", "ACCEPT");
    List<String> warnings = firewall.warnings();
    assertEquals(1, warnings.size(), warnings.toString());
    bed.run("sh", "-c", warnings.get(0).substring(warnings.get(0).indexOf("with: ") + 6));
    assertEquals(List.of(), firewall.warnings());
  }

  @Test
  void aPodWithoutAnAddressOfTheHostIpsFamilyIsRefused() throws IOException {
    firewall.claim("web", "default/web", List.of(mapping(Protocol.TCP, "2001:db8::1")));
    IOException refusal =
        assertThrows(IOException.class, () -> firewall.open("web", List.of(web.address())));
    assertTrue(refusal.getMessage().contains("default/web"), refusal.getMessage());
  }

  private void open(List<PortMapping> mappings) throws IOException {
    firewall.claim("web", "default/web", mappings);
    firewall.open("web", web.addresses());
  }

  private static PortMapping mapping(Protocol protocol, String hostIp) {
    return new PortMapping(protocol, HOST_PORT, POD_PORT, hostIp);
  }

  private static Attachment attachment(String id, Pod pod, List<PortMapping> mappings) {
    return new Attachment(
        id,
        "bridge",
        "default",
        id,
        pod.addresses().stream().map(a -> new Cidr(a, IpFamily.of(a).bits())).toList(),
        List.of(),
        "",
        Testbed.MTU,
        "eth0",
        pod.hostInterface(),
        "",
        mappings,
        Bandwidth.UNLIMITED,
        Map.of());
  }

  private void assertBoth(String answer, NetworkNamespace from, InetAddress address)
      throws IOException {
    assertEquals(answer, tcp(from, address), "TCP");
    assertEquals(answer, WhoAmI.askUdp(from, address, HOST_PORT), "UDP");
  }

  private static String tcp(NetworkNamespace from, InetAddress address) throws IOException {
    return WhoAmI.askTcp(from, address, HOST_PORT);
  }

  private static void assertRefused(NetworkNamespace from, InetAddress address) {
    WhoAmI.assertNoTcp(from, address, HOST_PORT);
  }

  private String list() throws IOException {
    return bed.run("nft", "list", "table", "inet", "sandjar");
  }

  private String withoutOurs() throws IOException {
    String all = bed.run("nft", "list", "ruleset");
    return Objects.requireNonNull(all).replace(list(), "");
  }
}
