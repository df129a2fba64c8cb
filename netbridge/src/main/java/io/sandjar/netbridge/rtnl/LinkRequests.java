package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.netlink.Netlink.*;
import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.PayloadWriter;

/** Encodes what {@code ip link} does. */
public final class LinkRequests {
  private static final int AF_UNSPEC = 0;

  private LinkRequests() {}

  public static NetlinkRequest add(NewLink link) {
    PayloadWriter payload = new PayloadWriter();
    write(payload, link);
    String kind = link.kind().map(LinkKind::kernelName).orElse("link");
    return NetlinkRequest.of(
        "add " + kind + " " + link.name(),
        RTM_NEWLINK,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
        payload);
  }

  public static NetlinkRequest set(LinkChange change) {
    PayloadWriter payload = new PayloadWriter();
    int up = change.up().orElse(false) ? IFF_UP : 0;
    ifinfomsg(payload, change.index(), up, change.up().isPresent() ? IFF_UP : 0);
    change.mac().ifPresent(mac -> payload.attribute(IFLA_ADDRESS, mac.bytes()));
    change.mtu().ifPresent(mtu -> payload.attributeU32(IFLA_MTU, mtu));
    change.master().ifPresent(master -> payload.attributeU32(IFLA_MASTER, master));
    change.group().ifPresent(group -> payload.attributeU32(IFLA_GROUP, group));
    change.alias().ifPresent(alias -> payload.attributeText(IFLA_IFALIAS, alias));
    if (change.withoutLinkLocal()) {
      payload.nested(
          IFLA_AF_SPEC,
          families ->
              families.nested(
                  IpFamily.IPV6.number(),
                  ipv6 -> ipv6.attributeU8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE)));
    }
    if (change.index() == 0) {
      payload.attributeString(IFLA_IFNAME, change.name());
    }
    change.port().ifPresent(port -> write(payload, port));
    return NetlinkRequest.of("change " + change.target(), RTM_NEWLINK, NLM_F_ACK, payload);
  }

  public static NetlinkRequest delete(int index) {
    PayloadWriter payload = new PayloadWriter();
    ifinfomsg(payload, index, 0, 0);
    return NetlinkRequest.of("delete link " + index, RTM_DELLINK, NLM_F_ACK, payload);
  }

  public static NetlinkRequest delete(String name) {
    PayloadWriter payload = new PayloadWriter();
    ifinfomsg(payload, 0, 0, 0);
    payload.attributeString(IFLA_IFNAME, name);
    return NetlinkRequest.of("delete link " + name, RTM_DELLINK, NLM_F_ACK, payload);
  }

  /** Deletes every link of a group. */
  public static NetlinkRequest deleteGroup(int group) {
    PayloadWriter payload = new PayloadWriter();
    ifinfomsg(payload, 0, 0, 0);
    payload.attributeU32(IFLA_GROUP, group);
    return NetlinkRequest.of("delete the links of group " + group, RTM_DELLINK, NLM_F_ACK, payload);
  }

  static NetlinkRequest get(String name) {
    PayloadWriter payload = new PayloadWriter();
    ifinfomsg(payload, 0, 0, 0);
    payload.attributeString(IFLA_IFNAME, name);
    return NetlinkRequest.of("look up link " + name, RTM_GETLINK, NLM_F_ACK, payload);
  }

  static NetlinkRequest list() {
    PayloadWriter payload = new PayloadWriter();
    ifinfomsg(payload, 0, 0, 0);
    return NetlinkRequest.of("list links", RTM_GETLINK, NLM_F_DUMP, payload);
  }

  private static void ifinfomsg(PayloadWriter payload, int index, int flags, int change) {
    payload.u8(AF_UNSPEC).u8(0).u16(0).u32(index).u32(flags).u32(change);
  }

  /** A whole link; a veth's peer is one inside another. */
  private static void write(PayloadWriter payload, NewLink link) {
    int up = link.up() ? IFF_UP : 0;
    ifinfomsg(payload, 0, up, up);
    link.mac().ifPresent(mac -> payload.attribute(IFLA_ADDRESS, mac.bytes()));
    if (link.mtu() != 0) {
      payload.attributeU32(IFLA_MTU, link.mtu());
    }
    if (link.master() != 0) {
      payload.attributeU32(IFLA_MASTER, link.master());
    }
    link.namespace().ifPresent(fd -> payload.attributeU32(IFLA_NET_NS_FD, fd.number()));
    payload.attributeString(IFLA_IFNAME, link.name());
    link.kind().ifPresent(kind -> write(payload, kind));
  }

  private static void write(PayloadWriter payload, LinkKind kind) {
    payload.nested(
        IFLA_LINKINFO,
        info -> {
          info.attributeText(IFLA_INFO_KIND, kind.kernelName());
          if (kind instanceof LinkKind.Veth veth) {
            info.nested(
                IFLA_INFO_DATA,
                data -> data.nested(VETH_INFO_PEER, peer -> write(peer, veth.peer())));
          } else if (kind instanceof LinkKind.Vxlan vxlan) {
            info.nested(IFLA_INFO_DATA, data -> write(data, vxlan));
          }
        });
  }

  private static void write(PayloadWriter data, LinkKind.Vxlan vxlan) {
    if (vxlan.device() != 0) {
      data.attributeU32(IFLA_VXLAN_LINK, vxlan.device());
    }
    data.attributeU32(IFLA_VXLAN_ID, vxlan.id());
    boolean ipv4 = IpFamily.of(vxlan.local()) == IpFamily.IPV4;
    data.attribute(ipv4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, vxlan.local().getAddress());
    data.attributeU8(IFLA_VXLAN_LEARNING, vxlan.learning() ? 1 : 0);
    data.attributeU16be(IFLA_VXLAN_PORT, vxlan.port());
  }

  /**
   * ip sends {@code bridge_slave} as IFLA_INFO_KIND; there Linux 6.13 and later look for a module
   * of that name, by a modprobe for each request.
   */
  private static void write(PayloadWriter payload, LinkChange.BridgePort port) {
    payload.nested(
        IFLA_LINKINFO,
        info ->
            info.attributeText(IFLA_INFO_SLAVE_KIND, "bridge_slave")
                .nested(
                    IFLA_INFO_SLAVE_DATA,
                    data ->
                        data.attributeU8(IFLA_BRPORT_MODE, port.hairpin() ? 1 : 0)
                            .attributeU8(IFLA_BRPORT_ISOLATED, port.isolated() ? 1 : 0)));
  }
}
