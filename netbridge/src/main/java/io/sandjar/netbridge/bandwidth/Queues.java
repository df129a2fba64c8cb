package io.sandjar.netbridge.bandwidth;

import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The limits that a node's links have, by the links' indexes. */
final class Queues {
  /** struct tcmsg: family, padding, link, handle, parent, info. */
  private static final int TCMSG = 20;

  private static final int TCMSG_LINK = 4;
  private static final int TCMSG_PARENT = 12;

  /** Of struct tc_tbf_qopt, which begins with a struct tc_ratespec. */
  private static final int TBF_RATE = 8;

  /** Of struct tc_mirred, its last field. */
  private static final int MIRRED_LINK = 24;

  private final Map<Integer, Long> rates = new HashMap<>();
  private final Set<Integer> filtered = new HashSet<>();

  private Queues() {}

  /** Reads the answers to {@link TcRequests#list}. */
  static Queues of(List<NetlinkMessage> answers) {
    Queues queues = new Queues();
    answers.forEach(queues::read);
    return queues;
  }

  private void read(NetlinkMessage message) {
    int link = message.payload().getInt(TCMSG_LINK);
    int parent = message.payload().getInt(TCMSG_PARENT);
    Attributes queue = message.attributes(TCMSG);
    String kind = queue.string(TcRequests.TCA_KIND).orElse("");
    if (parent == TcRequests.TC_H_INGRESS && kind.equals("ingress")) {
      filtered.add(link);
    } else if (parent == TcRequests.TC_H_ROOT && kind.equals("tbf")) {
      rate(queue.nested(TcRequests.TCA_OPTIONS)).ifPresent(rate -> rates.put(link, rate));
    }
  }

  private static Optional<Long> rate(Attributes tbf) {
    return tbf.byteArray(TcRequests.TCA_TBF_PARMS)
        .filter(parms -> parms.length >= TBF_RATE + 4)
        .map(parms -> ByteBuffer.wrap(parms).order(ByteOrder.nativeOrder()).getInt(TBF_RATE))
        .map(rate -> tbf.u64(TcRequests.TCA_TBF_RATE64, Integer.toUnsignedLong(rate)));
  }

  /** Bytes per second that a link may send, if that is limited. */
  Optional<Long> rate(int link) {
    return Optional.ofNullable(rates.get(link));
  }

  /** The links that filters redirect to, from the answers to {@link TcRequests#redirections}. */
  static Set<Integer> redirections(List<NetlinkMessage> answers) {
    Set<Integer> links = new HashSet<>();
    for (NetlinkMessage filter : answers) {
      Attributes action =
          filter
              .attributes(TCMSG)
              .nested(TcRequests.TCA_OPTIONS)
              .nested(TcRequests.TCA_U32_ACT)
              .nested(TcRequests.FIRST_ACTION);
      action
          .nested(TcRequests.TCA_ACT_OPTIONS)
          .byteArray(TcRequests.TCA_MIRRED_PARMS)
          .filter(parms -> parms.length >= MIRRED_LINK + 4)
          .map(parms -> ByteBuffer.wrap(parms).order(ByteOrder.nativeOrder()).getInt(MIRRED_LINK))
          .ifPresent(links::add);
    }
    return links;
  }

  /** Whether what a link receives passes filters first. */
  boolean isFiltered(int link) {
    return filtered.contains(link);
  }
}
