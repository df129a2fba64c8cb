package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A unicast route, as {@code ip route} says it.
 *
 * @param via the next hop; empty where the destination is on the link itself
 * @param link index of the link that it leaves by; 0 when adding leaves it to the next hop
 * @param onlink the next hop is reachable by that link although no address says so
 * @param protocol who made it (RTPROT_*)
 */
public record Route(
    Cidr destination,
    Optional<InetAddress> via,
    int link,
    boolean onlink,
    int protocol,
    int table,
    int metric) {
  private static final Cidr ALL_IPV4 = Cidr.parse("0.0.0.0/0");
  private static final Cidr ALL_IPV6 = Cidr.parse("::/0");

  public static Route of(Cidr destination, InetAddress via, int link) {
    return new Route(
        destination.network(), Optional.of(via), link, false, RTPROT_BOOT, RT_TABLE_MAIN, 0);
  }

  /** A route to a network that is on the link itself. */
  public static Route onLink(Cidr destination, int link) {
    return new Route(
        destination.network(), Optional.empty(), link, false, RTPROT_BOOT, RT_TABLE_MAIN, 0);
  }

  public static Route byDefault(InetAddress via, int link) {
    return of(everything(IpFamily.of(via)), via, link);
  }

  /** {@code 0.0.0.0/0} or {@code ::/0}. */
  public static Cidr everything(IpFamily family) {
    return family == IpFamily.IPV4 ? ALL_IPV4 : ALL_IPV6;
  }

  public Route withOnlink() {
    return new Route(destination, via, link, true, protocol, table, metric);
  }

  public Route withProtocol(int number) {
    return new Route(destination, via, link, onlink, number, table, metric);
  }

  public Route withMetric(int number) {
    return new Route(destination, via, link, onlink, protocol, table, number);
  }

  public boolean isDefault() {
    return destination.prefix() == 0;
  }

  @Override
  public String toString() {
    return (isDefault() ? "default" : destination)
        + via.map(hop -> " via " + hop.getHostAddress()).orElse("")
        + (link == 0 ? "" : " by link " + link);
  }

  /** Reads an RTM_NEWROUTE or RTM_DELROUTE message; empty for what is no plain unicast route. */
  public static Optional<Route> of(NetlinkMessage message) {
    ByteBuffer rtmsg = message.payload();
    int family = rtmsg.get(0);
    if ((family != IpFamily.IPV4.number() && family != IpFamily.IPV6.number())
        || rtmsg.get(7) != RTN_UNICAST
        || (rtmsg.getInt(8) & RTM_F_CLONED) != 0) {
      return Optional.empty();
    }
    Attributes attributes = message.attributes(RTMSG);
    Cidr everything = everything(family == IpFamily.IPV4.number() ? IpFamily.IPV4 : IpFamily.IPV6);
    Cidr destination =
        attributes
            .byteArray(RTA_DST)
            .map(bytes -> new Cidr(address(bytes), Byte.toUnsignedInt(rtmsg.get(1))))
            .orElse(everything);
    return Optional.of(
        new Route(
            destination,
            attributes.byteArray(RTA_GATEWAY).map(Route::address),
            attributes.u32(RTA_OIF).orElse(0),
            (rtmsg.getInt(8) & RTNH_F_ONLINK) != 0,
            Byte.toUnsignedInt(rtmsg.get(5)),
            attributes.u32(RTA_TABLE).orElse(Byte.toUnsignedInt(rtmsg.get(4))),
            attributes.u32(RTA_PRIORITY).orElse(0)));
  }

  static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
