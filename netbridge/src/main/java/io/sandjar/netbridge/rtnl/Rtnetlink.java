package io.sandjar.netbridge.rtnl;

import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.NetlinkMessage;

/** The numbers of linux/rtnetlink.h, if_link.h, if_addr.h and neighbour.h that are used here. */
public final class Rtnetlink {
  public static final int RTM_NEWLINK = 16;
  public static final int RTM_DELLINK = 17;
  public static final int RTM_GETLINK = 18;
  public static final int RTM_NEWADDR = 20;
  public static final int RTM_DELADDR = 21;
  public static final int RTM_GETADDR = 22;
  public static final int RTM_NEWROUTE = 24;
  public static final int RTM_DELROUTE = 25;
  public static final int RTM_GETROUTE = 26;
  public static final int RTM_NEWNEIGH = 28;
  public static final int RTM_DELNEIGH = 29;
  public static final int RTM_GETNEIGH = 30;
  public static final int RTM_NEWNETCONF = 80;

  public static final int RTNLGRP_LINK = 1;
  public static final int RTNLGRP_NEIGH = 3;
  public static final int RTNLGRP_IPV4_IFADDR = 5;
  public static final int RTNLGRP_IPV4_ROUTE = 7;
  public static final int RTNLGRP_IPV6_IFADDR = 9;
  public static final int RTNLGRP_IPV6_ROUTE = 11;
  public static final int RTNLGRP_IPV4_NETCONF = 24;
  public static final int RTNLGRP_IPV6_NETCONF = 25;

  static final int IFINFOMSG = 16;
  static final int IFLA_ADDRESS = 1;
  static final int IFLA_IFNAME = 3;
  static final int IFLA_MTU = 4;
  static final int IFLA_LINK = 5;
  static final int IFLA_MASTER = 10;
  static final int IFLA_OPERSTATE = 16;
  static final int IFLA_LINKINFO = 18;
  static final int IFLA_IFALIAS = 20;
  static final int IFLA_AF_SPEC = 26;
  static final int IFLA_GROUP = 27;
  static final int IFLA_NET_NS_FD = 28;
  static final int IFLA_INFO_KIND = 1;
  static final int IFLA_INFO_DATA = 2;
  static final int IFLA_INFO_SLAVE_KIND = 4;
  static final int IFLA_INFO_SLAVE_DATA = 5;
  static final int VETH_INFO_PEER = 1;
  static final int IFLA_BRPORT_MODE = 4;
  static final int IFLA_BRPORT_ISOLATED = 33;
  static final int IFLA_VXLAN_ID = 1;
  static final int IFLA_VXLAN_LINK = 3;
  static final int IFLA_VXLAN_LOCAL = 4;
  static final int IFLA_VXLAN_LEARNING = 7;
  static final int IFLA_VXLAN_PORT = 15;
  static final int IFLA_VXLAN_LOCAL6 = 17;
  static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  static final int IN6_ADDR_GEN_MODE_NONE = 1;
  static final int IFF_UP = 1;
  static final int IF_OPER_UP = 6;

  static final int IFADDRMSG = 8;
  static final int IFA_ADDRESS = 1;
  static final int IFA_LOCAL = 2;
  static final int IFA_BROADCAST = 4;
  static final int IFA_FLAGS = 8;
  static final int IFA_F_NODAD = 0x02;
  static final int IFA_F_PERMANENT = 0x80;

  static final int RTMSG = 12;
  static final int RTA_DST = 1;
  static final int RTA_OIF = 4;
  static final int RTA_GATEWAY = 5;
  static final int RTA_PRIORITY = 6;
  static final int RTA_PREFSRC = 7;
  static final int RTA_TABLE = 15;
  static final int RT_TABLE_MAIN = 254;
  static final int RTPROT_BOOT = 3;
  static final int RT_SCOPE_UNIVERSE = 0;
  static final int RT_SCOPE_LINK = 253;
  static final int RT_SCOPE_NOWHERE = 255;
  static final int RTN_UNICAST = 1;
  static final int RTNH_F_ONLINK = 4;
  static final int RTM_F_CLONED = 0x200;

  static final int NDMSG = 12;
  static final int NDA_DST = 1;
  static final int NDA_LLADDR = 2;
  static final int NUD_NOARP = 0x40;
  static final int NUD_PERMANENT = 0x80;
  static final int NTF_SELF = 0x02;
  static final int AF_BRIDGE = 7;

  static final int NETCONFMSG = 1;
  static final int NETCONFA_IFINDEX = 1;
  static final int NETCONFA_FORWARDING = 2;
  static final int NETCONFA_IFINDEX_ALL = -1;

  private Rtnetlink() {}

  /** Whether an RTM_NEWNETCONF message tells that the node forwards no packets any more. */
  public static boolean saysNothingIsForwarded(NetlinkMessage message) {
    Attributes netconf = message.attributes(NETCONFMSG);
    return netconf.u32(NETCONFA_IFINDEX).orElse(0) == NETCONFA_IFINDEX_ALL
        && netconf.u32(NETCONFA_FORWARDING).orElse(1) == 0;
  }
}
