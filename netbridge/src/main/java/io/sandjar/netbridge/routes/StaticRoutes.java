package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A plain route to each peer's pods, for nodes that share a segment. */
public final class StaticRoutes implements PeerRoutes {

  @Override
  public List<String> ensure(Rtnl rtnl, OwnNode own, List<Peer> peers) throws IOException {
    Tunnels.remove(rtnl, own.bridge());
    OwnRoutes routes = new OwnRoutes(rtnl, own);
    List<String> problems = new ArrayList<>();
    for (Peer peer : peers) {
      for (Cidr cidr : peer.podCidrs()) {
        Optional<InetAddress> hop = peer.nodeAddress(cidr.family());
        if (hop.isPresent()) {
          // Link 0: which one leads to the node is the kernel's to know.
          routes.want(peer, Route.of(cidr, hop.get(), 0));
        } else {
          problems.add(
              "no route to "
                  + cidr
                  + " of node "
                  + peer.name()
                  + ": it has no address of that"
                  + " family");
        }
      }
    }
    routes.ensure().forEach(p -> problems.add(p + "; nodes that share no segment need vxlan"));
    return problems;
  }

  @Override
  public String name() {
    return "static";
  }

  @Override
  public int overhead() {
    return 0;
  }
}
