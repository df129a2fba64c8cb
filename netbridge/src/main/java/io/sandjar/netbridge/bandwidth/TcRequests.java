package io.sandjar.netbridge.bandwidth;

import static io.sandjar.netbridge.netlink.Netlink.NLA_F_NESTED;
import static io.sandjar.netbridge.netlink.Netlink.NLM_F_ACK;
import static io.sandjar.netbridge.netlink.Netlink.NLM_F_CREATE;
import static io.sandjar.netbridge.netlink.Netlink.NLM_F_DUMP;
import static io.sandjar.netbridge.netlink.Netlink.NLM_F_EXCL;
import static io.sandjar.netbridge.netlink.Netlink.NLM_F_REPLACE;

import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.PayloadWriter;

/** Encodes what {@code tc} does to limit a link. */
final class TcRequests {
  private static final int RTM_NEWQDISC = 36;
  private static final int RTM_DELQDISC = 37;
  private static final int RTM_GETQDISC = 38;
  private static final int RTM_NEWTFILTER = 44;
  private static final int RTM_GETTFILTER = 46;
  static final int TC_H_ROOT = 0xffffffff;
  static final int TC_H_INGRESS = 0xfffffff1;

  /** The handle that an ingress qdisc always has: ffff: */
  private static final int INGRESS_HANDLE = 0xffff0000;

  static final int TCA_KIND = 1;
  static final int TCA_OPTIONS = 2;

  static final int TCA_TBF_PARMS = 1;
  private static final int TCA_TBF_RTAB = 2;
  static final int TCA_TBF_RATE64 = 4;
  private static final int TCA_TBF_BURST = 6;
  private static final int TC_LINKLAYER_ETHERNET = 1;
  private static final int RATE_TABLE_ENTRIES = 256;

  /** tc assumes packets of up to 2047 bytes, so each entry of the table stands for 2^3 bytes. */
  private static final int RATE_TABLE_CELL_LOG = 3;

  private static final long MICROSECONDS = 1_000_000;

  /** The packet scheduler's unit of time is 64 ns (PSCHED_SHIFT). */
  private static final double TICKS_PER_MICROSECOND = 1000.0 / 64;

  static final int FIRST_ACTION = 1;
  private static final int TCA_U32_SEL = 5;
  static final int TCA_U32_ACT = 7;
  private static final int TC_U32_TERMINAL = 1;
  static final int TCA_ACT_KIND = 1;
  static final int TCA_ACT_OPTIONS = 2;
  static final int TCA_MIRRED_PARMS = 2;
  private static final int TC_ACT_STOLEN = 4;
  private static final int TCA_EGRESS_REDIR = 1;
  private static final int ETH_P_ALL = 3;
  private static final int PRIORITY = 1;

  private TcRequests() {}

  /**
   * {@code tc qdisc replace dev LINK root tbf rate ... burst ... latency ...}.
   *
   * @param rate bytes per second
   * @param burst bytes that may go at once
   * @param limit bytes that may wait, the burst included
   */
  static NetlinkRequest replaceTbf(int link, long rate, int burst, long limit) {
    PayloadWriter payload = tcmsg(link, 0, TC_H_ROOT, 0).attributeString(TCA_KIND, "tbf");
    payload.nested(
        TCA_OPTIONS,
        options -> {
          options.nested(
              TCA_TBF_PARMS,
              parms -> {
                rateSpec(parms, rate);
                parms.zeros(12);
                parms.u32(Math.min(limit, 0xffffffffL)).u32(ticks(rate, burst)).u32(0);
              });
          options.attributeU32(TCA_TBF_BURST, burst);
          if (rate > 0xffffffffL) {
            options.attributeU64(TCA_TBF_RATE64, rate);
          }
          options.nested(
              TCA_TBF_RTAB,
              table -> {
                for (int i = 1; i <= RATE_TABLE_ENTRIES; i++) {
                  table.u32(ticks(rate, (long) i << RATE_TABLE_CELL_LOG));
                }
              });
        });
    return NetlinkRequest.of(
        "limit link " + link + " to " + rate * 8 + " bit/s",
        RTM_NEWQDISC,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
        payload);
  }

  /** {@code tc qdisc add dev LINK ingress}. */
  static NetlinkRequest addIngress(int link) {
    return NetlinkRequest.of(
        "add an ingress queue to link " + link,
        RTM_NEWQDISC,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
        tcmsg(link, INGRESS_HANDLE, TC_H_INGRESS, 0).attributeString(TCA_KIND, "ingress"));
  }

  /** {@code tc qdisc del dev LINK root}. */
  static NetlinkRequest deleteRoot(int link) {
    return NetlinkRequest.of(
        "remove the limit of link " + link, RTM_DELQDISC, NLM_F_ACK, tcmsg(link, 0, TC_H_ROOT, 0));
  }

  /** {@code tc qdisc del dev LINK ingress}. */
  static NetlinkRequest deleteIngress(int link) {
    return NetlinkRequest.of(
        "remove the ingress queue of link " + link,
        RTM_DELQDISC,
        NLM_F_ACK,
        tcmsg(link, INGRESS_HANDLE, TC_H_INGRESS, 0).attributeString(TCA_KIND, "ingress"));
  }

  /**
   * {@code tc filter add dev LINK parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred
   * egress redirect dev TO}: all that comes in goes out through another link first.
   */
  static NetlinkRequest redirectIngress(int link, int to) {
    int info = PRIORITY << 16 | Integer.reverseBytes(ETH_P_ALL) >>> 16;
    PayloadWriter payload = tcmsg(link, 0, INGRESS_HANDLE, info).attributeString(TCA_KIND, "u32");
    payload.nested(
        TCA_OPTIONS,
        options -> {
          options.nested(
              TCA_U32_ACT,
              actions ->
                  actions.nested(
                      FIRST_ACTION,
                      action ->
                          action
                              .attributeString(TCA_ACT_KIND, "mirred")
                              .nested(
                                  TCA_ACT_OPTIONS | NLA_F_NESTED,
                                  mirred ->
                                      mirred.nested(
                                          TCA_MIRRED_PARMS,
                                          parms ->
                                              parms
                                                  .u32(0)
                                                  .u32(0)
                                                  .u32(TC_ACT_STOLEN)
                                                  .u32(0)
                                                  .u32(0)
                                                  .u32(TCA_EGRESS_REDIR)
                                                  .u32(to)))));
          // One key with an empty mask, which every packet has.
          options.nested(
              TCA_U32_SEL,
              selector -> selector.u8(TC_U32_TERMINAL).u8(0).u8(1).u8(0).zeros(12).zeros(16));
        });
    return NetlinkRequest.of(
        "redirect what link " + link + " receives to link " + to,
        RTM_NEWTFILTER,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
        payload);
  }

  /** {@code tc qdisc show}. */
  static NetlinkRequest list() {
    return NetlinkRequest.of("list queues", RTM_GETQDISC, NLM_F_DUMP, tcmsg(0, 0, 0, 0));
  }

  /** {@code tc filter show dev LINK ingress}. */
  static NetlinkRequest redirections(int link) {
    return NetlinkRequest.of(
        "list the filters of link " + link,
        RTM_GETTFILTER,
        NLM_F_DUMP,
        tcmsg(link, 0, INGRESS_HANDLE, 0));
  }

  private static PayloadWriter tcmsg(int link, int handle, int parent, int info) {
    return new PayloadWriter().u8(0).u8(0).u16(0).u32(link).u32(handle).u32(parent).u32(info);
  }

  /** struct tc_ratespec; the kernel reads a rate that does not fit from TCA_TBF_RATE64. */
  private static void rateSpec(PayloadWriter parms, long rate) {
    parms
        .u8(RATE_TABLE_CELL_LOG)
        .u8(TC_LINKLAYER_ETHERNET)
        .u16(0)
        .u16(-1)
        .u16(0)
        .u32(Math.min(rate, 0xffffffffL));
  }

  /** How long so many bytes take, rounded as tc rounds it. */
  private static long ticks(long rate, long bytes) {
    long microseconds = (long) (MICROSECONDS * ((double) bytes / rate));
    return Math.min((long) (microseconds * TICKS_PER_MICROSECOND), 0xffffffffL);
  }
}
