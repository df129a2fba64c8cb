package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/** How packets get to the other nodes' pods. */
public interface PeerRoutes {
  /** RTPROT_* number of the routes made here: what `ip route` shows as {@code proto 83}. */
  int PROTOCOL = 83;

  /** Above the metrics that people and routing daemons choose, so that their routes win. */
  int LOWEST_METRIC = 1 << 16;

  int METRICS = 1 << 24;

  /**
   * The metric of all routes of one bridge's network. The kernel keeps it with the route, so that
   * several daemons on one machine know their own, even where they lead to the same pods.
   */
  static int metricOf(String bridge) {
    CRC32 hash = new CRC32();
    hash.update(bridge.getBytes(StandardCharsets.UTF_8));
    return LOWEST_METRIC + (int) (hash.getValue() % METRICS);
  }

  /** Whether a link is a tunnel of a bridge's network. */
  static boolean isTunnel(Link link, String bridge) {
    return Tunnels.ownerOf(link).filter(bridge::equals).isPresent();
  }

  /** Removes the routes and tunnels of a bridge's network, of whatever kind. */
  static void remove(Rtnl rtnl, String bridge) throws IOException {
    Tunnels.remove(rtnl, bridge);
    OwnRoutes.remove(rtnl, bridge);
  }

  /**
   * Brings the kernel to where exactly these peers' pods are reachable. Calling it again changes
   * nothing, so it also repairs.
   *
   * @return what could not be done, in sentences that name the peer
   */
  List<String> ensure(Rtnl rtnl, OwnNode own, List<Peer> peers) throws IOException;

  /** What the config calls it. */
  String name();

  /** How many bytes of each packet the way takes for itself. */
  int overhead();
}
