package io.sandjar.netbridge.rtnl;

import static io.sandjar.netbridge.rtnl.Rtnetlink.*;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An address of a link. */
public record LinkAddress(int link, Cidr address, boolean linkLocal) {

  /** Reads an RTM_NEWADDR or RTM_DELADDR message. */
  public static Optional<LinkAddress> of(NetlinkMessage message) {
    ByteBuffer ifaddrmsg = message.payload();
    int prefix = Byte.toUnsignedInt(ifaddrmsg.get(1));
    boolean linkLocal = Byte.toUnsignedInt(ifaddrmsg.get(3)) == RT_SCOPE_LINK;
    int link = ifaddrmsg.getInt(4);
    Attributes attributes = message.attributes(IFADDRMSG);
    return attributes
        .byteArray(IFA_LOCAL)
        .or(() -> attributes.byteArray(IFA_ADDRESS))
        .map(bytes -> new LinkAddress(link, new Cidr(Route.address(bytes), prefix), linkLocal));
  }
}
