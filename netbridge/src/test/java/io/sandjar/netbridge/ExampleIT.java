package io.sandjar.netbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.bridge.BridgeNetwork;
import io.sandjar.netbridge.bridge.BridgeSettings;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.topology.MermaidGraph;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The example of docs/networking.md. */
class ExampleIT {
  /** The namespace is bound in /run/netns, where other bridges' are too. */
  private static final String BRIDGE = "ex%06x".formatted(new Random().nextInt(1 << 24));

  @Test
  void aProgramPutsANamespaceOnABridge() throws IOException {
    try (NetworkNamespace node = NetworkNamespace.create();
        NetworkNamespace pod = NetworkNamespace.create();
        BridgeNetwork network =
            BridgeNetwork.open(
                BridgeSettings.of(BRIDGE, List.of(Cidr.parse("10.1.0.0/24"))),
                node.duplicate(),
                new PeerTable("a", List.of(), Optional.empty()),
                new StaticRoutes(),
                new NftFirewall(node, "example"),
                new TcShaper(Rtnl.in(node)))) {
      network.reconcile(List.of());
      Attachment web =
          network.attach(
              AttachRequest.of("web", pod, new AttachRequest.Pod("default", "web", "1", "web")));
      assertEquals(List.of("10.1.0.2"), web.ips());
      assertTrue(MermaidGraph.draw(network.topology()).contains("default/web"));
      network.detach(web);
    }
  }
}
