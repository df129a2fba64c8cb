package io.sandjar.netbridge.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A message that the kernel sent. Its payload is read without moving a shared position. */
public final class NetlinkMessage {
  private final int type;
  private final int flags;
  private final int sequence;
  private final ByteBuffer payload;

  NetlinkMessage(int type, int flags, int sequence, ByteBuffer payload) {
    this.type = type;
    this.flags = flags;
    this.sequence = sequence;
    this.payload = payload;
  }

  public int type() {
    return type;
  }

  public int flags() {
    return flags;
  }

  public int sequence() {
    return sequence;
  }

  /** A fresh view of what follows the header, in host byte order. */
  public ByteBuffer payload() {
    return payload.duplicate().order(ByteOrder.nativeOrder());
  }

  /** The attributes behind a fixed struct of {@code structLength} bytes. */
  public Attributes attributes(int structLength) {
    ByteBuffer rest = payload();
    rest.position(Math.min(rest.limit(), Netlink.align(structLength)));
    return Attributes.parse(rest);
  }

  /** Splits one datagram; a cut-off last message is left out. */
  public static List<NetlinkMessage> parse(byte[] datagram) {
    List<NetlinkMessage> messages = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + Netlink.NLMSG_HDRLEN <= datagram.length) {
      int length = bytes.getInt(at);
      if (length < Netlink.NLMSG_HDRLEN || length > datagram.length - at) {
        break;
      }
      messages.add(
          new NetlinkMessage(
              Short.toUnsignedInt(bytes.getShort(at + 4)),
              Short.toUnsignedInt(bytes.getShort(at + 6)),
              bytes.getInt(at + 8),
              bytes
                  .slice(at + Netlink.NLMSG_HDRLEN, length - Netlink.NLMSG_HDRLEN)
                  .order(ByteOrder.nativeOrder())));
      at += Netlink.align(length);
    }
    return messages;
  }
}
