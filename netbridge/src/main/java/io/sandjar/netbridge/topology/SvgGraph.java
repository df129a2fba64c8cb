package io.sandjar.netbridge.topology;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.routes.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Draws a topology as an SVG picture: pods on the left, the bridge and the uplink in the middle,
 * the other nodes on the right.
 */
public final class SvgGraph {
  private static final int MARGIN = 20;
  private static final int BOX_WIDTH = 250;
  private static final int GAP = 130;
  private static final int LINE = 17;
  private static final int BOX_PADDING = 9;
  private static final int BOX_SPACE = 14;
  private static final int TITLE = 34;
  private static final String STYLE =
      """
        rect { rx: 6px; stroke: #56606b; fill: #ffffff }
        rect.node { fill: #f2f5f8; stroke: #9aa5b1 }
        rect.pod { fill: #e8f4ea; stroke: #3f8f4f }
        rect.peer { fill: #eceffb; stroke: #5266b8 }
        path { stroke: #56606b; fill: none }
        path.tunnel { stroke-dasharray: 6 4 }
        text { font: 12px ui-monospace, monospace; fill: #1c2127 }
        text.first { font-weight: bold }
        text.wire { font-size: 10px; fill: #56606b }
      """;

  private final StringBuilder boxes = new StringBuilder();
  private final StringBuilder wires = new StringBuilder();

  private record Box(int x, int y, int height) {
    int middle() {
      return y + height / 2;
    }

    int bottom() {
      return y + height;
    }
  }

  private SvgGraph() {}

  public static String draw(Topology topology) {
    return new SvgGraph().picture(topology);
  }

  private String picture(Topology topology) {
    int podsX = MARGIN + BOX_SPACE;
    int middleX = podsX + BOX_WIDTH + GAP;
    int peersX = middleX + BOX_WIDTH + BOX_SPACE + GAP;
    int top = MARGIN + TITLE;
    Box bridge = box("bridge", middleX, top, topology.bridgeLines());
    Box uplink = box("uplink", middleX, bridge.bottom() + 3 * BOX_SPACE, topology.uplinkLines());
    int center = middleX + BOX_WIDTH / 2;
    wires.append("<path d=\"M%d %d V%d\"/>\n".formatted(center, bridge.bottom(), uplink.y()));
    int podsBottom = drawPods(topology, podsX, top, bridge);
    int peersBottom = drawPeers(topology, peersX, top, middleX + BOX_WIDTH, uplink);
    int nodeBottom = Math.max(podsBottom, uplink.bottom() + BOX_SPACE);
    int width = peersX + (topology.peers().isEmpty() ? -GAP + MARGIN : BOX_WIDTH + MARGIN);
    int height = Math.max(nodeBottom, peersBottom) + MARGIN;
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">
        <title>%s</title>
        <style>
        %s</style>
        <rect class="node" x="%d" y="%d" width="%d" height="%d"/>
        <text class="first" x="%d" y="%d">%s</text>
        %s%s</svg>
        """
        .formatted(
            width,
            height,
            width,
            height,
            escaped("The pod network of node " + topology.nodeName()),
            STYLE,
            MARGIN,
            MARGIN,
            middleX + BOX_WIDTH + BOX_SPACE - MARGIN,
            nodeBottom - MARGIN,
            podsX,
            MARGIN + TITLE - 12,
            escaped("node " + topology.nodeName()),
            wires,
            boxes);
  }

  private int drawPods(Topology topology, int x, int top, Box bridge) {
    int y = top;
    for (Attachment pod : topology.pods()) {
      Box box = box("pod", x, y, Topology.podLines(pod));
      wire("", x + BOX_WIDTH, box.middle(), bridge.x(), bridge.middle());
      label(x + BOX_WIDTH + 6, box.middle() - 4, pod.hostInterface());
      y = box.bottom() + BOX_SPACE;
    }
    return y;
  }

  private int drawPeers(Topology topology, int x, int top, int from, Box uplink) {
    String kind = topology.way().equals("vxlan") ? "tunnel" : "";
    int y = top;
    for (Peer peer : topology.peers()) {
      List<String> lines = new ArrayList<>();
      lines.add("node " + peer.name());
      peer.nodeAddresses().stream().map(Cidr::text).forEach(lines::add);
      peer.podCidrs().stream().map(Cidr::toString).forEach(lines::add);
      Box box = box("peer", x, y, lines);
      wire(kind, from, uplink.middle(), x, box.middle());
      y = box.bottom() + BOX_SPACE;
    }
    return y;
  }

  private Box box(String kind, int x, int y, List<String> lines) {
    int height = 2 * BOX_PADDING + lines.size() * LINE;
    boxes.append(
        "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n"
            .formatted(kind, x, y, BOX_WIDTH, height));
    for (int i = 0; i < lines.size(); i++) {
      boxes.append(
          "<text%s x=\"%d\" y=\"%d\">%s</text>\n"
              .formatted(
                  i == 0 ? " class=\"first\"" : "",
                  x + BOX_PADDING,
                  y + BOX_PADDING + (i + 1) * LINE - 4,
                  escaped(lines.get(i))));
    }
    return new Box(x, y, height);
  }

  private void wire(String kind, int fromX, int fromY, int toX, int toY) {
    int bend = (fromX + toX) / 2;
    wires.append(
        String.format(
            Locale.ROOT,
            "<path%s d=\"M%d %d C%d %d %d %d %d %d\"/>\n",
            kind.isEmpty() ? "" : " class=\"" + kind + "\"",
            fromX,
            fromY,
            bend,
            fromY,
            bend,
            toY,
            toX,
            toY));
  }

  private void label(int x, int y, String text) {
    boxes.append(
        "<text class=\"wire\" x=\"%d\" y=\"%d\">%s</text>\n".formatted(x, y, escaped(text)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
