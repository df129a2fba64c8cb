package io.sandjar.netbridge.netlink;

/** The kernel subsystem at the other end of a netlink socket. */
public enum NetlinkProtocol {
  /** Links, addresses, routes, neighbours, traffic control. */
  ROUTE(0),
  /** nftables and connection tracking. */
  NETFILTER(12);

  private final int number;

  NetlinkProtocol(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
