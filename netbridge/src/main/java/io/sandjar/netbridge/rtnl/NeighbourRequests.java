package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.netlink.Netlink.*;
import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.PayloadWriter;
import java.net.InetAddress;

/** Encodes what {@code ip neigh} and {@code bridge fdb} do. */
public final class NeighbourRequests {
  private NeighbourRequests() {}

  /** Says for good which hardware address a neighbour has. */
  public static NetlinkRequest replace(int link, InetAddress neighbour, MacAddress mac) {
    return NetlinkRequest.of(
        "set neighbour " + neighbour.getHostAddress() + " on link " + link,
        RTM_NEWNEIGH,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
        ndmsg(IpFamily.of(neighbour).number(), link, NUD_PERMANENT, 0)
            .attribute(NDA_DST, neighbour.getAddress())
            .attribute(NDA_LLADDR, mac.bytes()));
  }

  public static NetlinkRequest delete(int link, InetAddress neighbour) {
    return NetlinkRequest.of(
        "delete neighbour " + neighbour.getHostAddress() + " on link " + link,
        RTM_DELNEIGH,
        NLM_F_ACK,
        ndmsg(IpFamily.of(neighbour).number(), link, NUD_PERMANENT, 0)
            .attribute(NDA_DST, neighbour.getAddress()));
  }

  /** Says behind which node of a tunnel a hardware address is. */
  public static NetlinkRequest appendFdb(int tunnel, MacAddress mac, InetAddress node) {
    return NetlinkRequest.of(
        "tell link " + tunnel + " that " + mac + " is behind " + node.getHostAddress(),
        RTM_NEWNEIGH,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_APPEND,
        fdb(tunnel, mac, node));
  }

  public static NetlinkRequest deleteFdb(int tunnel, MacAddress mac, InetAddress node) {
    return NetlinkRequest.of(
        "tell link " + tunnel + " that " + mac + " is no longer behind " + node.getHostAddress(),
        RTM_DELNEIGH,
        NLM_F_ACK,
        fdb(tunnel, mac, node));
  }

  static NetlinkRequest list(int family) {
    return NetlinkRequest.of(
        "list neighbours",
        RTM_GETNEIGH,
        NLM_F_DUMP,
        new PayloadWriter().u8(family).zeros(NDMSG - 1));
  }

  private static PayloadWriter fdb(int tunnel, MacAddress mac, InetAddress node) {
    return ndmsg(AF_BRIDGE, tunnel, NUD_NOARP | NUD_PERMANENT, NTF_SELF)
        .attribute(NDA_LLADDR, mac.bytes())
        .attribute(NDA_DST, node.getAddress());
  }

  private static PayloadWriter ndmsg(int family, int link, int state, int flags) {
    return new PayloadWriter().u8(family).u8(0).u16(0).u32(link).u16(state).u8(flags).u8(0);
  }
}
