package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.util.List;

/** How packets get to the other nodes' pods. */
public interface PeerRoutes {
  /** RTPROT_* number of the routes made here: what `ip route` shows as {@code proto 83}. */
  int PROTOCOL = 83;

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
