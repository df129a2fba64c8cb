package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxMetadata;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.PortMapping;
import io.sandjar.cri.v1.RemovePodSandboxRequest;
import io.sandjar.cri.v1.RunPodSandboxRequest;
import io.sandjar.cri.v1.RuntimeCondition;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose pods are on a network of CNI plugins, in a network namespace of its own. */
class CniProviderIT {
  @TempDir Path folder;

  @Test
  void podsAreOnTheNetworkThatIsInstalledAndStayThereOverACrash() throws Exception {
    Files.createDirectory(folder.resolve("net.d"));
    Files.writeString(
        folder.resolve("config.yaml"),
        """
        network:
          provider: cni
          cniConfDir: %1$s/net.d
          cniBinDir: [/usr/lib/cni]
          namespaceFolder: %1$s/netns
        cgroup:
          parent: /sandjar-test-%2$06x
        """
            .formatted(folder, new Random().nextInt(1 << 24)));
    try (NetworkNamespace node = NetworkNamespace.create();
        Rtnl rtnl = Rtnl.in(node)) {
      rtnl.setLink(LinkChange.of("lo").up(true));
      String pod;
      try (DaemonProcess daemon = node.call(() -> DaemonProcess.start(folder));
          CriClient client = daemon.client()) {
        assertFalse(network(client).getStatus());
        assertEquals("NetworkPluginNotReady", network(client).getReason());
        StatusRuntimeException refusal =
            assertThrows(StatusRuntimeException.class, () -> run(client));
        assertTrue(refusal.getMessage().contains("no network configuration"), refusal.toString());

        installNetwork();
        assertTrue(network(client).getStatus(), network(client).getMessage());
        pod = run(client);
        assertEquals("10.99.7.2", address(client, pod));
        daemon.kill();
      }
      try (DaemonProcess daemon = node.call(() -> DaemonProcess.start(folder));
          CriClient client = daemon.client()) {
        assertEquals("10.99.7.2", address(client, pod));
        client
            .runtime()
            .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        client
            .runtime()
            .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
      }
      assertEquals(
          0, rtnl.links().stream().map(Link::name).filter(n -> n.startsWith("veth")).count());
      try (Stream<Path> leases = Files.list(folder.resolve("leases/test"))) {
        assertEquals(0, leases.filter(l -> l.getFileName().toString().startsWith("10.")).count());
      }
    }
  }

  private void installNetwork() throws IOException {
    Files.writeString(
        folder.resolve("net.d/10-test.conflist"),
        """
        {"cniVersion": "1.0.0", "name": "test", "plugins": [
          {"type": "bridge", "bridge": "cni0", "isGateway": true,
           "ipam": {"type": "host-local", "dataDir": "%s",
                    "ranges": [[{"subnet": "10.99.7.0/24"}]]}},
          {"type": "portmap", "capabilities": {"portMappings": true}}]}
        """
            .formatted(folder.resolve("leases")));
  }

  private static String run(CriClient client) {
    PodSandboxConfig.Builder pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName("web").setNamespace("test").setUid("u1"))
            .addPortMappings(PortMapping.newBuilder().setHostPort(8080).setContainerPort(80));
    return client
        .runtime()
        .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build())
        .getPodSandboxId();
  }

  private static String address(CriClient client, String pod) {
    return client
        .runtime()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
        .getStatus()
        .getNetwork()
        .getIp();
  }

  private static RuntimeCondition network(CriClient client) {
    return client.condition("NetworkReady");
  }
}
