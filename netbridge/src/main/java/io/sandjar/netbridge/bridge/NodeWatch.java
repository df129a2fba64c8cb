package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import io.sandjar.netbridge.netlink.NetlinkProtocol;
import io.sandjar.netbridge.netlink.NetlinkSubscription;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkAddress;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnetlink;
import java.io.IOException;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Hears what happens to the node's links, addresses, routes and packet filter, and says when a
 * cable is gone and when something wants looking after.
 */
final class NodeWatch implements AutoCloseable {
  private static final int NFNLGRP_NFTABLES = 7;

  private final int routeMetric;
  private final IntPredicate addressesMatter;
  private final BiPredicate<Link, Boolean> suspicious;
  private final Consumer<String> gone;
  private final Runnable check;
  private final NetlinkSubscription routeEvents;
  private final NetlinkSubscription filterEvents;

  /**
   * @param addressesMatter whether a link's addresses, that come or go, ask for a check
   * @param suspicious whether a link (that came or changed: false, or vanished: true) asks for a
   *     check
   * @param gone told the name of each link that vanished
   * @param check asks for one, soon
   * @param filterChanged told when anybody changed nftables
   */
  NodeWatch(
      NetworkNamespace host,
      String bridge,
      IntPredicate addressesMatter,
      BiPredicate<Link, Boolean> suspicious,
      Consumer<String> gone,
      Runnable check,
      Runnable filterChanged)
      throws IOException {
    this.routeMetric = PeerRoutes.metricOf(bridge);
    this.addressesMatter = addressesMatter;
    this.suspicious = suspicious;
    this.gone = gone;
    this.check = check;
    this.routeEvents =
        host.call(
            () ->
                NetlinkSubscription.open(
                    "network events of " + bridge,
                    NetlinkProtocol.ROUTE,
                    listener(this::routeEvent, check),
                    Rtnetlink.RTNLGRP_LINK,
                    Rtnetlink.RTNLGRP_IPV4_IFADDR,
                    Rtnetlink.RTNLGRP_IPV6_IFADDR,
                    Rtnetlink.RTNLGRP_IPV4_ROUTE,
                    Rtnetlink.RTNLGRP_IPV6_ROUTE,
                    Rtnetlink.RTNLGRP_IPV4_NETCONF,
                    Rtnetlink.RTNLGRP_IPV6_NETCONF));
    try {
      this.filterEvents =
          host.call(
              () ->
                  NetlinkSubscription.open(
                      "nftables events of " + bridge,
                      NetlinkProtocol.NETFILTER,
                      listener(m -> filterChanged.run(), filterChanged),
                      NFNLGRP_NFTABLES));
    } catch (IOException | RuntimeException e) {
      routeEvents.close();
      throw e;
    }
  }

  private void routeEvent(NetlinkMessage message) {
    switch (message.type()) {
      case Rtnetlink.RTM_NEWLINK, Rtnetlink.RTM_DELLINK -> linkEvent(message);
      case Rtnetlink.RTM_NEWADDR, Rtnetlink.RTM_DELADDR ->
          LinkAddress.of(message)
              .filter(a -> addressesMatter.test(a.link()))
              .ifPresent(a -> check.run());
      case Rtnetlink.RTM_NEWNETCONF -> {
        if (Rtnetlink.saysNothingIsForwarded(message)) {
          check.run();
        }
      }
      case Rtnetlink.RTM_DELROUTE ->
          Route.of(message)
              .filter(r -> r.protocol() == PeerRoutes.PROTOCOL && r.metric() == routeMetric)
              .ifPresent(r -> check.run());
      default -> {}
    }
  }

  private void linkEvent(NetlinkMessage message) {
    if (message.payload().get(0) != 0) {
      // The same types with AF_BRIDGE tell of ports, which leave a bridge before they vanish.
      return;
    }
    Link link = Link.of(message);
    boolean vanished = message.type() == Rtnetlink.RTM_DELLINK;
    if (vanished) {
      gone.accept(link.name());
    }
    if (suspicious.test(link, vanished)) {
      check.run();
    }
  }

  private NetlinkSubscription.Listener listener(Consumer<NetlinkMessage> events, Runnable overrun) {
    return new NetlinkSubscription.Listener() {
      @Override
      public void event(NetlinkMessage message) {
        events.accept(message);
      }

      @Override
      public void overrun() {
        overrun.run();
      }
    };
  }

  @Override
  public void close() {
    routeEvents.close();
    filterEvents.close();
  }
}
