package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.netlink.Netlink.*;
import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.PayloadWriter;

/** Encodes what {@code ip addr} does. */
public final class AddressRequests {
  private AddressRequests() {}

  /**
   * Adds an address. An IPv6 one is usable at once (nodad): who hands out the addresses knows that
   * there is no double, and its detection would cost a second.
   */
  public static NetlinkRequest add(int link, Cidr address) {
    int flags = address.family() == IpFamily.IPV6 ? IFA_F_NODAD : 0;
    return NetlinkRequest.of(
        "add address " + address + " to link " + link,
        RTM_NEWADDR,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
        write(link, address, flags));
  }

  public static NetlinkRequest delete(int link, Cidr address) {
    return NetlinkRequest.of(
        "delete address " + address + " from link " + link,
        RTM_DELADDR,
        NLM_F_ACK,
        write(link, address, 0));
  }

  static NetlinkRequest list() {
    return NetlinkRequest.of(
        "list addresses", RTM_GETADDR, NLM_F_DUMP, new PayloadWriter().zeros(IFADDRMSG));
  }

  private static PayloadWriter write(int link, Cidr address, int flags) {
    byte[] bytes = address.address().getAddress();
    return new PayloadWriter()
        .u8(address.family().number())
        .u8(address.prefix())
        .u8(flags)
        .u8(RT_SCOPE_UNIVERSE)
        .u32(link)
        .attribute(IFA_LOCAL, bytes)
        .attribute(IFA_ADDRESS, bytes);
  }
}
