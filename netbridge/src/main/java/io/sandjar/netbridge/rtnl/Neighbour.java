package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An entry of a neighbour table or of a tunnel's forwarding table.
 *
 * @param address the neighbour, or in a forwarding table the node that the hardware address is
 *     behind
 * @param permanent said by somebody, not learnt
 */
public record Neighbour(
    int link, Optional<InetAddress> address, Optional<MacAddress> mac, boolean permanent) {

  static Neighbour of(NetlinkMessage message) {
    ByteBuffer ndmsg = message.payload();
    Attributes attributes = message.attributes(NDMSG);
    return new Neighbour(
        ndmsg.getInt(4),
        attributes.byteArray(NDA_DST).map(Route::address),
        attributes.byteArray(NDA_LLADDR).filter(b -> b.length == 6).map(MacAddress::of),
        (ndmsg.getShort(8) & NUD_PERMANENT) != 0);
  }
}
