package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.netlink.Netlink.*;
import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.PayloadWriter;

/** Encodes what {@code ip route} does. */
public final class RouteRequests {
  private RouteRequests() {}

  public static NetlinkRequest add(Route route) {
    return NetlinkRequest.of(
        "add route " + route,
        RTM_NEWROUTE,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
        write(route, scope(route), RTN_UNICAST, route.protocol()));
  }

  public static NetlinkRequest replace(Route route) {
    return NetlinkRequest.of(
        "set route " + route,
        RTM_NEWROUTE,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
        write(route, scope(route), RTN_UNICAST, route.protocol()));
  }

  /** Deletes the route only if it was made by the same protocol. */
  public static NetlinkRequest delete(Route route) {
    return NetlinkRequest.of(
        "delete route " + route,
        RTM_DELROUTE,
        NLM_F_ACK,
        write(route, RT_SCOPE_NOWHERE, 0, route.protocol()));
  }

  static NetlinkRequest list() {
    return NetlinkRequest.of(
        "list routes", RTM_GETROUTE, NLM_F_DUMP, new PayloadWriter().zeros(RTMSG));
  }

  private static int scope(Route route) {
    boolean direct = route.via().isEmpty() && route.destination().family() == IpFamily.IPV4;
    return direct ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  }

  private static PayloadWriter write(Route route, int scope, int type, int protocol) {
    PayloadWriter payload =
        new PayloadWriter()
            .u8(route.destination().family().number())
            .u8(route.destination().prefix())
            .u8(0)
            .u8(0)
            .u8(route.table())
            .u8(protocol)
            .u8(scope)
            .u8(type)
            .u32(route.onlink() ? RTNH_F_ONLINK : 0);
    // ip names the destination of an IPv6 default route too, and not that of an IPv4 one.
    if (!route.isDefault() || route.destination().family() == IpFamily.IPV6) {
      payload.attribute(RTA_DST, route.destination().address().getAddress());
    }
    route.via().ifPresent(hop -> payload.attribute(RTA_GATEWAY, hop.getAddress()));
    if (route.metric() != 0) {
      payload.attributeU32(RTA_PRIORITY, route.metric());
    }
    if (route.link() != 0) {
      payload.attributeU32(RTA_OIF, route.link());
    }
    return payload;
  }
}
