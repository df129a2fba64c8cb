package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.PortMapping.Protocol;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.Netlink;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import io.sandjar.netbridge.netlink.NetlinkProtocol;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.NetlinkSocket;
import io.sandjar.netbridge.netlink.PayloadWriter;
import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The kernel's connection tracking, of which entries are removed that would lead UDP packets where
 * they no longer belong: a client that keeps sending keeps its entry, and so its old destination,
 * alive for ever.
 */
final class Conntrack implements AutoCloseable {
  private static final int IPCTNL_MSG_CT_GET = 1;
  private static final int IPCTNL_MSG_CT_DELETE = 2;
  private static final int CTA_TUPLE_ORIG = 1;
  private static final int CTA_TUPLE_REPLY = 2;
  private static final int CTA_ID = 12;
  private static final int CTA_ZONE = 18;
  private static final int CTA_FILTER = 25;
  private static final int CTA_FILTER_ORIG_FLAGS = 1;
  private static final int CTA_FILTER_REPLY_FLAGS = 2;
  private static final int CTA_FILTER_F_PROTO_NUM = 1 << 3;
  private static final int CTA_FILTER_F_PROTO_DST_PORT = 1 << 5;
  private static final int CTA_TUPLE_IP = 1;
  private static final int CTA_TUPLE_PROTO = 2;
  private static final int CTA_IP_V4_SRC = 1;
  private static final int CTA_IP_V4_DST = 2;
  private static final int CTA_IP_V6_SRC = 3;
  private static final int CTA_IP_V6_DST = 4;
  private static final int CTA_PROTO_NUM = 1;
  private static final int CTA_PROTO_SRC_PORT = 2;
  private static final int CTA_PROTO_DST_PORT = 3;

  /** A tracked UDP exchange: where the client sent it, and who answers. */
  record Entry(
      InetAddress destination, int destinationPort, InetAddress answering, int answeringPort) {}

  private final NetlinkSocket socket;

  Conntrack(NetworkNamespace node) throws IOException {
    this.socket = node.socket(NetlinkProtocol.NETFILTER);
  }

  /** Forgets the UDP exchanges with this destination port that are stale; counts them. */
  int forgetUdp(IpFamily family, int destinationPort, Predicate<Entry> stale) throws IOException {
    List<NetlinkRequest> deletions = new ArrayList<>();
    for (NetlinkMessage message : udpTo(family, destinationPort)) {
      Attributes entry = message.attributes(NfTables.NFGENMSG);
      Attributes original = entry.nested(CTA_TUPLE_ORIG);
      Attributes reply = entry.nested(CTA_TUPLE_REPLY);
      Entry read =
          new Entry(
              address(original, CTA_IP_V4_DST, CTA_IP_V6_DST),
              port(original, CTA_PROTO_DST_PORT),
              address(reply, CTA_IP_V4_SRC, CTA_IP_V6_SRC),
              port(reply, CTA_PROTO_SRC_PORT));
      if (read.destinationPort() == destinationPort && stale.test(read)) {
        deletions.add(deletion(family, entry));
      }
    }
    if (!deletions.isEmpty()) {
      socket.execute(deletions);
    }
    return deletions.size();
  }

  /** The kernel picks the entries out itself; there may be a hundred thousand others. */
  private List<NetlinkMessage> udpTo(IpFamily family, int destinationPort) throws IOException {
    PayloadWriter payload =
        header(family)
            .nested(
                CTA_TUPLE_ORIG | Netlink.NLA_F_NESTED,
                tuple ->
                    tuple.nested(
                        CTA_TUPLE_PROTO | Netlink.NLA_F_NESTED,
                        protocol ->
                            protocol
                                .attributeU8(CTA_PROTO_NUM, Protocol.UDP.number())
                                .attributeU16be(CTA_PROTO_DST_PORT, destinationPort)))
            .nested(
                CTA_FILTER | Netlink.NLA_F_NESTED,
                filter ->
                    filter
                        .attributeU32(
                            CTA_FILTER_ORIG_FLAGS,
                            CTA_FILTER_F_PROTO_NUM | CTA_FILTER_F_PROTO_DST_PORT)
                        .attributeU32(CTA_FILTER_REPLY_FLAGS, 0));
    return socket.dump(
        NetlinkRequest.of(
            "list tracked UDP exchanges with port " + destinationPort,
            message(IPCTNL_MSG_CT_GET),
            Netlink.NLM_F_DUMP,
            payload));
  }

  private static NetlinkRequest deletion(IpFamily family, Attributes entry) {
    PayloadWriter payload =
        header(family)
            .attribute(
                CTA_TUPLE_ORIG | Netlink.NLA_F_NESTED,
                entry.byteArray(CTA_TUPLE_ORIG).orElse(new byte[0]));
    entry.byteArray(CTA_ZONE).ifPresent(zone -> payload.attribute(CTA_ZONE, zone));
    entry.byteArray(CTA_ID).ifPresent(id -> payload.attribute(CTA_ID, id));
    return NetlinkRequest.of(
            "forget a tracked UDP exchange",
            message(IPCTNL_MSG_CT_DELETE),
            Netlink.NLM_F_ACK,
            payload)
        .tolerating(Errno.ENOENT);
  }

  private static InetAddress address(Attributes tuple, int ipv4, int ipv6) {
    Attributes ip = tuple.nested(CTA_TUPLE_IP);
    byte[] bytes = ip.byteArray(ipv4).or(() -> ip.byteArray(ipv6)).orElse(new byte[4]);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("the kernel's address has " + bytes.length + " bytes", e);
    }
  }

  private static int port(Attributes tuple, int type) {
    return tuple.nested(CTA_TUPLE_PROTO).u16be(type).orElse(0);
  }

  private static int message(int type) {
    return NfTables.NFNL_SUBSYS_CTNETLINK << 8 | type;
  }

  private static PayloadWriter header(IpFamily family) {
    return new PayloadWriter().u8(family.number()).u8(0).u16be(0);
  }

  @Override
  public void close() {
    socket.close();
  }
}
