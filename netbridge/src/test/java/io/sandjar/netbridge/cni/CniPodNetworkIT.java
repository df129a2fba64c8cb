package io.sandjar.netbridge.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.PortMapping.Protocol;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.testbed.Testbed;
import io.sandjar.netbridge.testbed.WhoAmI;
import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods on the network of the CNI project's own plugins, as Debian packages them. */
class CniPodNetworkIT {
  private static final Path PLUGINS = Path.of("/usr/lib/cni");
  private static final int HOST_PORT = 8081;
  private static final int POD_PORT = 80;

  @TempDir Path dir;
  private Testbed bed;
  private CniSettings settings;
  private CniPodNetwork network;

  @BeforeEach
  void aNodeWithPlugins() throws IOException {
    assertTrue(
        Files.isExecutable(PLUGINS.resolve("bridge")),
        "this test needs Debian's containernetworking-plugins in " + PLUGINS);
    bed = new Testbed();
    Testbed.run(bed.node(), "sysctl", "-qw", "net.ipv4.ip_forward=1");
    settings =
        new CniSettings(
            "node",
            dir.resolve("net.d"),
            List.of(dir.resolve("bin"), PLUGINS),
            dir.resolve("cache"),
            dir.resolve("netns"),
            CniSettings.DEFAULT_TIMEOUT);
    network = new CniPodNetwork(settings);
  }

  @AfterEach
  void takeDown() throws IOException {
    bed.node()
        .call(
            () -> {
              network.reconcile(List.of());
              return null;
            });
    bed.close();
  }

  @Test
  void aPodIsAttachedAndDetached() throws IOException {
    configure();
    NetworkNamespace pod = bed.opened(NetworkNamespace.create());
    Attachment attachment = attach("one", pod, List.of(), Bandwidth.UNLIMITED);
    assertEquals("cni", attachment.provider());
    assertEquals(Cidr.parse("10.99.1.2/24"), attachment.addresses().get(0));
    assertEquals(List.of(Cidr.address("10.99.1.1")), attachment.gateways());
    assertTrue(attachment.hostInterface().startsWith("veth"), attachment.toString());
    assertFalse(attachment.mac().isEmpty(), attachment.toString());
    assertEquals(attachment, Attachment.fromMap(attachment.toMap()));
    bed.opened(WhoAmI.start(pod, "pod", POD_PORT));
    assertEquals("pod 10.99.1.1", WhoAmI.askTcp(bed.node(), attachment.primaryAddress(), POD_PORT));
    assertEquals("pod 127.0.0.1", WhoAmI.askTcp(pod, Testbed.loopback(IpFamily.IPV4), POD_PORT));
    Topology seen = bed.node().call(network::topology);
    assertEquals("cni0", seen.bridge());
    assertEquals(List.of(Cidr.parse("10.99.1.1/24")), seen.bridgeAddresses());
    assertEquals(List.of(attachment), seen.pods());
    inNode(() -> network.detach(attachment));
    assertFalse(Testbed.run(pod, "ip", "link").contains("eth0"));
    assertNothingLeft();
    assertEquals(List.of(), bed.node().call(network::topology).pods());
    inNode(() -> network.detach(attachment));
  }

  @Test
  void hostPortsAndBandwidthAreThePluginsDuty() throws IOException {
    configure();
    NetworkNamespace pod = bed.opened(NetworkNamespace.create());
    Attachment attachment =
        attach(
            "one",
            pod,
            List.of(new PortMapping(Protocol.TCP, HOST_PORT, POD_PORT, "")),
            new Bandwidth(8_000_000, 4_000_000));
    bed.opened(WhoAmI.start(pod, "pod", POD_PORT));
    assertEquals("pod 192.0.2.2", WhoAmI.askTcp(bed.outside(), Testbed.NODE, HOST_PORT));
    String queues = bed.run("tc", "qdisc");
    assertTrue(queues.contains("rate 8Mbit") && queues.contains("rate 4Mbit"), queues);
    inNode(() -> network.detach(attachment));
    WhoAmI.assertNoTcp(bed.outside(), Testbed.NODE, HOST_PORT);
    assertFalse(bed.run("tc", "qdisc").contains("rate"));
    assertNothingLeft();
  }

  @Test
  void aPodThatCannotBeAttachedLeavesNothing() throws IOException {
    configure();
    Files.createDirectory(dir.resolve("bin"));
    Files.writeString(
        dir.resolve("bin/portmap"),
        "#!/bin/sh\n[ $CNI_COMMAND = DEL ] || { echo '{\"code\":999,\"msg\":\"broken\"}'; exit 1;"
            + " }\n");
    assertTrue(dir.resolve("bin/portmap").toFile().setExecutable(true));
    NetworkNamespace pod = bed.opened(NetworkNamespace.create());
    CniException refusal =
        assertThrows(CniException.class, () -> attach("one", pod, List.of(), Bandwidth.UNLIMITED));
    assertEquals(999, refusal.code());
    assertFalse(Testbed.run(pod, "ip", "link").contains("eth0"));
    assertNothingLeft();
  }

  @Test
  void aCheckFindsWhatWasTakenFromAPod() throws IOException {
    // Debian's portmap and bandwidth 1.1.1 cannot check: one wants IPv6 rules, one panics.
    configure("");
    NetworkNamespace pod = bed.opened(NetworkNamespace.create());
    Attachment attachment = attach("one", pod, List.of(), Bandwidth.UNLIMITED);
    inNode(() -> network.check("one"));
    Testbed.run(pod, "ip", "addr", "flush", "dev", "eth0");
    assertThrows(CniException.class, () -> inNode(() -> network.check("one")));
    inNode(() -> network.detach(attachment));
    assertNothingLeft();
  }

  @Test
  void readinessFollowsTheFolder() throws IOException {
    NetworkStatus before = network.status();
    assertFalse(before.ready());
    assertEquals("NetworkPluginNotReady", before.reason());
    assertTrue(before.message().contains(settings.configurations().toString()));
    configure();
    assertTrue(network.status().ready(), network.status().message());
    Files.delete(settings.configurations().resolve("10-test.conflist"));
    assertFalse(network.status().ready());
  }

  @Test
  void whatDeadSandboxesLeftIsRemovedAndTheLivingStay() throws IOException {
    configure();
    NetworkNamespace first = bed.opened(NetworkNamespace.create());
    NetworkNamespace second = bed.opened(NetworkNamespace.create());
    Attachment living = attach("living", first, List.of(), Bandwidth.UNLIMITED);
    attach("dead", second, List.of(), Bandwidth.UNLIMITED);
    // A sandbox whose attach was cut off has a namespace, but no result.
    String path = living.namespacePath();
    Path ofAnother = settings.namespaceFolder().resolve("sandjar-cni-0:halfway");
    Path containerds = settings.namespaceFolder().resolve("cni-halfway");
    try (NetworkNamespace third = NetworkNamespace.create()) {
      third.bind(Path.of(path.replace("living", "halfway")));
      third.bind(ofAnother);
      third.bind(containerds);
    }
    CniPodNetwork restarted = new CniPodNetwork(settings);
    inNode(() -> restarted.reconcile(List.of(living)));
    assertTrue(Testbed.run(first, "ip", "link").contains("eth0"));
    assertFalse(Testbed.run(second, "ip", "link").contains("eth0"));
    try (Stream<Path> names = Files.list(settings.namespaceFolder())) {
      assertEquals(
          Set.of(Path.of(path), ofAnother, containerds), names.collect(Collectors.toSet()));
    } finally {
      NetworkNamespace.unbind(ofAnother);
      NetworkNamespace.unbind(containerds);
    }
    inNode(() -> restarted.detach(living));
    assertNothingLeft();
  }

  private void configure() throws IOException {
    configure(
        """
        ,
        {"type": "portmap", "capabilities": {"portMappings": true}},
        {"type": "bandwidth", "capabilities": {"bandwidth": true}}
        """);
  }

  private void configure(String furtherPlugins) throws IOException {
    Files.createDirectories(settings.configurations());
    Files.writeString(
        settings.configurations().resolve("10-test.conflist"),
        """
        {"cniVersion": "1.0.0", "name": "test", "plugins": [
          {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true,
           "ipam": {"type": "host-local", "dataDir": "%s",
                    "ranges": [[{"subnet": "10.99.1.0/24"}]],
                    "routes": [{"dst": "0.0.0.0/0"}]}}
          %s]}
        """
            .formatted(dir.resolve("leases"), furtherPlugins));
  }

  private Attachment attach(
      String id, NetworkNamespace pod, List<PortMapping> ports, Bandwidth bandwidth)
      throws IOException {
    AttachRequest request =
        new AttachRequest(
            id,
            pod,
            new AttachRequest.Pod("default", id, "uid-" + id, id),
            ports,
            bandwidth,
            Set.of());
    return bed.node().call(() -> network.attach(request));
  }

  private interface Work {
    void run() throws IOException;
  }

  private void inNode(Work work) throws IOException {
    bed.node()
        .call(
            () -> {
              work.run();
              return null;
            });
  }

  private void assertNothingLeft() throws IOException {
    assertEquals(List.of(), new ResultCache(settings.cache()).all());
    try (Stream<Path> namespaces = Files.list(settings.namespaceFolder())) {
      assertEquals(List.of(), namespaces.toList());
    }
    try (Stream<Path> leases = Files.list(dir.resolve("leases/test"))) {
      assertEquals(
          List.of(),
          leases.filter(lease -> lease.getFileName().toString().startsWith("10.")).toList());
    }
  }
}
