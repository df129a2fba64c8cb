package io.sandjar.netbridge.topology;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.routes.Peer;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;

/** Draws a topology as Mermaid text, which GitHub and many editors show as a picture. */
public final class MermaidGraph {
  private MermaidGraph() {}

  public static String draw(Topology topology) {
    StringBuilder out = new StringBuilder("graph LR\n");
    out.append("  subgraph node[").append(quoted("node " + topology.nodeName())).append("]\n");
    box(out, "bridge", topology.bridgeLines());
    box(out, "uplink", topology.uplinkLines());
    int number = 0;
    for (Attachment pod : topology.pods()) {
      box(out, "pod" + number, Topology.podLines(pod));
      out.append("    pod" + number + " ---|" + quoted(pod.hostInterface()) + "| bridge\n");
      number++;
    }
    out.append("    bridge --- uplink\n  end\n");
    number = 0;
    for (Peer peer : topology.peers()) {
      box(out, "peer" + number, List.of("node " + peer.name(), join(peer.nodeAddresses())));
      String cidrs = peer.podCidrs().stream().map(Cidr::toString).collect(Collectors.joining(", "));
      String line = topology.way().equals("vxlan") ? "-.->" : "-->";
      out.append("  uplink " + line + "|" + quoted(cidrs) + "| peer" + number + "\n");
      number++;
    }
    return out.toString();
  }

  private static void box(StringBuilder out, String id, List<String> lines) {
    out.append("    ").append(id).append('[').append(quoted(String.join("\n", lines)));
    out.append("]\n");
  }

  /** Mermaid knows HTML's character references in quoted text, and breaks lines at br. */
  private static String quoted(String text) {
    return '"'
        + text.replace("&", "&amp;")
            .replace("\"", "&quot;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\n", "<br/>")
        + '"';
  }

  private static String join(List<InetAddress> addresses) {
    return addresses.stream().map(Cidr::text).collect(Collectors.joining(", "));
  }
}
