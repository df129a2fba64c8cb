package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.netlink.NetlinkException;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Compares the routes of one bridge's network with those wanted, and changes what differs. */
final class OwnRoutes {
  private final Rtnl rtnl;
  private final int metric;

  OwnRoutes(Rtnl rtnl, OwnNode own) {
    this.rtnl = rtnl;
    this.metric = PeerRoutes.metricOf(own.bridge());
  }

  /** Removes every route of a bridge's network. */
  static void remove(Rtnl rtnl, String bridge) throws IOException {
    for (Route route : of(rtnl, PeerRoutes.metricOf(bridge))) {
      rtnl.deleteRoute(route);
    }
  }

  private static List<Route> of(Rtnl rtnl, int metric) throws IOException {
    return rtnl.routes().stream()
        .filter(r -> r.protocol() == PeerRoutes.PROTOCOL && r.metric() == metric)
        .toList();
  }

  /** A route and the peer that it is for. */
  private record Wanted(Peer peer, Route route) {}

  private final List<Wanted> wanted = new ArrayList<>();

  /** Wants a route to pods of the peer. */
  void want(Peer peer, Route route) {
    wanted.add(new Wanted(peer, route.withProtocol(PeerRoutes.PROTOCOL).withMetric(metric)));
  }

  /** Adds what is missing and removes what is no longer wanted. */
  List<String> ensure() throws IOException {
    List<Route> present = of(rtnl, metric);
    Map<Cidr, Route> byDestination =
        wanted.stream()
            .map(Wanted::route)
            .collect(Collectors.toMap(Route::destination, r -> r, (a, b) -> a));
    for (Route route : present) {
      Route other = byDestination.get(route.destination());
      if (other == null || !leadsAlike(route, other)) {
        rtnl.deleteRoute(route);
      }
    }
    List<String> problems = new ArrayList<>();
    for (Wanted one : wanted) {
      if (present.stream().noneMatch(r -> leadsAlike(r, one.route))) {
        try {
          rtnl.replaceRoute(one.route);
        } catch (NetlinkException e) {
          problems.add("no route to the pods of node " + one.peer.name() + ": " + e.getMessage());
        }
      }
    }
    return problems;
  }

  /** A wanted route without a link leaves the choice to the kernel. */
  private static boolean leadsAlike(Route present, Route wanted) {
    Optional<InetAddress> via = present.via();
    return present.destination().equals(wanted.destination())
        && via.equals(wanted.via())
        && (wanted.link() == 0 || wanted.link() == present.link());
  }
}
