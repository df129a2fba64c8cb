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
    List<OwnRoutes.Wanted> wanted = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Peer peer : peers) {
      for (Cidr cidr : peer.podCidrs()) {
        Optional<InetAddress> hop = peer.nodeAddress(cidr.family());
        if (hop.isPresent()) {
          // Link 0: which one leads to the node is the kernel's to know.
          Route route = Route.of(cidr, hop.get(), 0).withProtocol(PROTOCOL);
          wanted.add(new OwnRoutes.Wanted(peer, route));
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
    new OwnRoutes(rtnl)
        .ensure(wanted)
        .forEach(p -> problems.add(p + "; nodes that share no segment need vxlan"));
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
