package io.sandjar.netbridge.bandwidth;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.bridge.TrafficShaper;
import io.sandjar.netbridge.netlink.NetlinkException;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.LinkRequests;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Limits a pod's traffic with token buckets outside of the pod, where it cannot lift them: what it
 * receives on the host's end of its link, what it sends on an intermediate link (ifb) through which
 * the host's end redirects it, since only sending can be shaped.
 */
public final class TcShaper implements TrafficShaper {
  private static final int IFNAMSIZ = 15;
  private static final String IFB_PREFIX = "ifb";
  private static final String VETH_PREFIX = "veth";

  /** What may go at once: this part of a second, but enough packets for TCP to find its rate. */
  private static final int BURSTS_PER_SECOND = 50;

  private static final int BURST_PACKETS = 16;
  private static final int BURST_MAX_BYTES = 256 << 20;

  /** How long a packet may wait before it is dropped, as a part of a second: 25 ms, as in CNI. */
  private static final int WAITS_PER_SECOND = 40;

  private final Rtnl rtnl;

  /**
   * @param rtnl of the node's namespace; stays open when this is closed
   */
  public TcShaper(Rtnl rtnl) {
    this.rtnl = rtnl;
  }

  @Override
  public void limit(String hostInterface, Bandwidth bandwidth, int mtu) throws IOException {
    Link link =
        rtnl.link(hostInterface)
            .orElseThrow(
                () -> new IOException("limit the traffic of " + hostInterface + ": no such link"));
    List<NetlinkRequest> requests = new ArrayList<>();
    requests.add(absent(TcRequests.deleteIngress(link.index())));
    if (bandwidth.ingress() > 0) {
      requests.add(tbf(link.index(), bandwidth.ingress(), mtu));
    } else {
      requests.add(absent(TcRequests.deleteRoot(link.index())));
    }
    if (bandwidth.egress() > 0) {
      int ifb = ifb(ifbName(hostInterface), link.alias(), mtu);
      requests.add(tbf(ifb, bandwidth.egress(), mtu));
      requests.add(TcRequests.addIngress(link.index()));
      requests.add(TcRequests.redirectIngress(link.index(), ifb));
    } else {
      remove(hostInterface);
    }
    rtnl.execute(requests);
  }

  private static NetlinkRequest tbf(int link, long bitsPerSecond, int mtu) {
    long rate = bytesPerSecond(bitsPerSecond);
    int burst = burstBytes(bitsPerSecond, mtu);
    return TcRequests.replaceTbf(link, rate, burst, rate / WAITS_PER_SECOND + burst);
  }

  private static long bytesPerSecond(long bitsPerSecond) {
    return Math.max(1, bitsPerSecond / 8);
  }

  @Override
  public List<String> repair(Collection<Attachment> limited) throws IOException {
    List<String> problems = new ArrayList<>();
    Map<String, Link> links =
        rtnl.links().stream().collect(Collectors.toMap(Link::name, Function.identity()));
    Queues queues = Queues.of(rtnl.dump(TcRequests.list()));
    for (Attachment each : limited) {
      String name = each.hostInterface();
      Optional<Link> link = Optional.ofNullable(links.get(name));
      Optional<Link> ifb = Optional.ofNullable(links.get(ifbName(name)));
      try {
        if (link.isPresent() && !isLimited(link.get(), ifb, each.bandwidth(), queues)) {
          limit(name, each.bandwidth(), each.mtu());
        }
      } catch (IOException e) {
        problems.add(
            "the bandwidth of pod %s/%s is not limited: %s"
                .formatted(each.podNamespace(), each.podName(), e.getMessage()));
      }
    }
    return problems;
  }

  private boolean isLimited(Link link, Optional<Link> ifb, Bandwidth bandwidth, Queues queues)
      throws IOException {
    boolean receives =
        bandwidth.ingress() == 0
            || queues.rate(link.index()).equals(Optional.of(bytesPerSecond(bandwidth.ingress())));
    boolean sends =
        bandwidth.egress() == 0
            || ifb.filter(Link::up)
                    .flatMap(i -> queues.rate(i.index()))
                    .equals(Optional.of(bytesPerSecond(bandwidth.egress())))
                && queues.isFiltered(link.index())
                && isRedirected(link.index(), ifb.get().index());
    return receives && sends;
  }

  private boolean isRedirected(int link, int to) throws IOException {
    return Queues.redirections(rtnl.dump(TcRequests.redirections(link))).contains(to);
  }

  /** How much may go at once under a limit. */
  public static int burstBytes(long bitsPerSecond, int mtu) {
    long share = bitsPerSecond / 8 / BURSTS_PER_SECOND;
    return (int) Math.min(BURST_MAX_BYTES, Math.max(share, (long) BURST_PACKETS * mtu));
  }

  private int ifb(String name, String alias, int mtu) throws IOException {
    // One datagram, so that no crash leaves a link that does not say whose it is.
    rtnl.execute(
        List.of(
            LinkRequests.add(NewLink.ifb(name).withMtu(mtu)).tolerating(Errno.EEXIST),
            LinkRequests.set(LinkChange.of(name).up(true).alias(alias))));
    Optional<Link> made = rtnl.link(name);
    return made.orElseThrow(() -> new IOException("link " + name + " vanished")).index();
  }

  @Override
  public void remove(String hostInterface) throws IOException {
    try {
      rtnl.deleteLink(ifbName(hostInterface));
    } catch (NetlinkException e) {
      if (!e.is(Errno.ENODEV)) {
        throw e;
      }
    }
  }

  /** The intermediate link of a host's end, which shares the part that tells pods apart. */
  public static String ifbName(String hostInterface) {
    String distinct =
        hostInterface.startsWith(VETH_PREFIX)
            ? hostInterface.substring(VETH_PREFIX.length())
            : hostInterface;
    int room = IFNAMSIZ - IFB_PREFIX.length();
    return IFB_PREFIX + distinct.substring(Math.max(0, distinct.length() - room));
  }

  /** Deleting what is not there is no error; the kernel has several words for that. */
  private static NetlinkRequest absent(NetlinkRequest deletion) {
    return deletion.tolerating(Errno.ENOENT, Errno.EINVAL, Errno.EOPNOTSUPP);
  }

  @Override
  public void close() {
    // The socket is its owner's.
  }
}
