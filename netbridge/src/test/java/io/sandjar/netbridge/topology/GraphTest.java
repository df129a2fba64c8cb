package io.sandjar.netbridge.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.pool.PoolUsage;
import io.sandjar.netbridge.routes.Peer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static final Topology TOPOLOGY =
      new Topology(
          "a",
          List.of(Cidr.address("192.0.2.1")),
          new NetworkStatus(true, "bridge", "", "", List.of(Cidr.parse("10.1.0.0/24")), List.of()),
          "eth0",
          "cbr0",
          List.of(Cidr.parse("10.1.0.1/24")),
          1500,
          "static",
          List.of(new PoolUsage(Cidr.parse("10.1.0.0/24"), 253, 1, 0)),
          List.of(
              new Attachment(
                  "sandbox",
                  "bridge",
                  "default",
                  "web<&>",
                  List.of(Cidr.parse("10.1.0.2/24")),
                  List.of(Cidr.address("10.1.0.1")),
                  "02:00:00:00:00:01",
                  1500,
                  "eth0",
                  "sj01",
                  "/run/netns/cbr0:sandbox",
                  List.of(new PortMapping(PortMapping.Protocol.TCP, 8080, 80, "")),
                  Bandwidth.UNLIMITED,
                  Map.of())),
          List.of(Peer.parse("b 10.2.0.0/24 192.0.2.2", Peer.Source.CONFIG)),
          List.of());

  @Test
  void mermaidShowsPodsBridgeAndPeers() {
    assertEquals(
        """
        graph LR
          subgraph node["node a"]
            bridge["cbr0<br/>10.1.0.1/24<br/>MTU 1500"]
            uplink["eth0<br/>192.0.2.1"]
            pod0["default/web&lt;&amp;&gt;<br/>10.1.0.2<br/>8080-&gt;80/tcp"]
            pod0 ---|"sj01"| bridge
            bridge --- uplink
          end
            peer0["node b<br/>192.0.2.2"]
          uplink -->|"10.2.0.0/24"| peer0
        """,
        MermaidGraph.draw(TOPOLOGY));
  }

  @Test
  void aNetworkOfPluginsMayHaveNoBridge() {
    Topology cni =
        new Topology(
            "a",
            List.of(),
            new NetworkStatus(true, "cni", "", "", List.of(), List.of()),
            "",
            "",
            List.of(),
            0,
            "cni",
            List.of(),
            TOPOLOGY.pods(),
            List.of(),
            List.of());
    String drawn = MermaidGraph.draw(cni);
    assertTrue(drawn.contains("bridge[\"no bridge\"]"), drawn);
    assertTrue(SvgGraph.draw(cni).contains("no bridge"));
  }

  @Test
  void theSvgIsWellFormedAndNamesEverything() throws Exception {
    String svg = SvgGraph.draw(TOPOLOGY);
    assertNotNull(
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8))));
    for (String text : List.of("default/web&lt;&amp;&gt;", "10.1.0.2", "cbr0", "sj01", "node b")) {
      assertTrue(svg.contains(text), text);
    }
  }

  @Test
  void theDocumentHasEveryPartOfTheNetwork() {
    Map<String, Object> document = TOPOLOGY.toMap();
    assertEquals(true, document.get("ready"));
    assertEquals("10.1.0.2", ((List<?>) TOPOLOGY.podMaps().get(0).get("ips")).get(0));
    assertEquals("config", TOPOLOGY.peerMaps().get(0).get("source"));
  }
}
