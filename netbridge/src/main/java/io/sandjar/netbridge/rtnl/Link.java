package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A link as the kernel has it.
 *
 * @param kind the kernel's name for what it is, empty for hardware and loopback
 * @param running whether packets can pass: both its ends are up, and the kernel has acted on that
 * @param master index of the bridge that it is plugged in, or 0
 * @param hairpin whether its bridge sends packets back where they came from
 * @param vxlan what a tunnel is
 */
public record Link(
    int index,
    String name,
    String kind,
    Optional<MacAddress> mac,
    int mtu,
    boolean up,
    boolean running,
    int master,
    String alias,
    boolean hairpin,
    Optional<LinkKind.Vxlan> vxlan) {

  /** Reads an RTM_NEWLINK or RTM_DELLINK message. */
  public static Link of(NetlinkMessage message) {
    ByteBuffer ifinfomsg = message.payload();
    int index = ifinfomsg.getInt(4);
    int flags = ifinfomsg.getInt(8);
    Attributes attributes = message.attributes(IFINFOMSG);
    Attributes info = attributes.nested(IFLA_LINKINFO);
    return new Link(
        index,
        attributes.string(IFLA_IFNAME).orElse(""),
        info.string(IFLA_INFO_KIND).orElse(""),
        attributes.byteArray(IFLA_ADDRESS).filter(b -> b.length == 6).map(MacAddress::of),
        attributes.u32(IFLA_MTU).orElse(0),
        (flags & IFF_UP) != 0,
        attributes.u8(IFLA_OPERSTATE).orElse(0) == IF_OPER_UP,
        attributes.u32(IFLA_MASTER).orElse(0),
        attributes.string(IFLA_IFALIAS).orElse(""),
        info.nested(IFLA_INFO_SLAVE_DATA).u8(IFLA_BRPORT_MODE).orElse(0) != 0,
        info.string(IFLA_INFO_KIND)
            .filter("vxlan"::equals)
            .map(kind -> vxlan(info.nested(IFLA_INFO_DATA))));
  }

  private static LinkKind.Vxlan vxlan(Attributes data) {
    byte[] local =
        data.byteArray(IFLA_VXLAN_LOCAL)
            .or(() -> data.byteArray(IFLA_VXLAN_LOCAL6))
            .orElse(new byte[4]);
    return new LinkKind.Vxlan(
        data.u32(IFLA_VXLAN_ID).orElse(0),
        Route.address(local),
        data.u32(IFLA_VXLAN_LINK).orElse(0),
        data.u16be(IFLA_VXLAN_PORT).orElse(0),
        data.u8(IFLA_VXLAN_LEARNING).orElse(0) != 0);
  }
}
