package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkAddress;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.LinkRequests;
import io.sandjar.netbridge.rtnl.MacAddress;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The bridge itself, brought to what it should be as often as need be. */
final class BridgeLink {
  private static final String ALIAS_PREFIX = "sandjar-bridge/";

  private final NetworkNamespace host;
  private final Rtnl rtnl;
  private final String name;

  /**
   * A fixed one: otherwise a bridge takes the lowest of its ports', and so changes it, and every
   * pod's idea of its gateway, with the pods that come and go.
   */
  private final MacAddress mac;

  BridgeLink(NetworkNamespace host, Rtnl rtnl, String name) {
    this.host = host;
    this.rtnl = rtnl;
    this.name = name;
    this.mac = MacAddress.derivedFrom("bridge " + name);
  }

  /**
   * Creates or repairs the bridge.
   *
   * @param addresses exactly those that it has afterwards, besides link-local ones
   * @return its index
   */
  int ensure(int mtu, Set<Cidr> addresses) throws IOException {
    Optional<Link> present = rtnl.link(name);
    if (present.isEmpty()) {
      // One datagram: it says from the start that it may be removed.
      rtnl.execute(
          List.of(
              LinkRequests.add(NewLink.bridge(name).withMac(mac)),
              LinkRequests.set(LinkChange.of(name).alias(ALIAS_PREFIX + name))));
      calmIpv6();
      present = rtnl.link(name);
    }
    Link bridge =
        present.orElseThrow(() -> new IOException("bridge " + name + " vanished at once"));
    if (!bridge.kind().equals("bridge")) {
      throw new IOException(
          "the link "
              + name
              + " exists and is no bridge; remove it or choose another name for the bridge");
    }
    if (!fits(bridge, mtu)) {
      rtnl.setLink(LinkChange.of(bridge.index()).up(true).mtu(mtu).mac(mac));
    }
    ensureAddresses(bridge.index(), addresses);
    return bridge.index();
  }

  /** Whether the link was made here: not one that was there before and is only used. */
  static boolean isOwn(Link link) {
    return link.kind().equals("bridge") && link.alias().equals(ALIAS_PREFIX + link.name());
  }

  /** Whether the link is as this object makes it, besides addresses. */
  boolean fits(Link link, int mtu) {
    return link.kind().equals("bridge")
        && link.up()
        && link.mtu() == mtu
        && link.mac().equals(Optional.of(mac));
  }

  /**
   * For the second that the detection of a double of its link-local address takes, a router finds
   * no neighbours; and no pod is to be the node's router.
   */
  private void calmIpv6() throws IOException {
    host.call(
        () -> {
          for (String setting : List.of("accept_dad", "accept_ra")) {
            Path file = Path.of("/proc/sys/net/ipv6/conf", name, setting);
            if (Files.isWritable(file)) {
              Files.writeString(file, "0");
            }
          }
          return null;
        });
  }

  /** Its index, if it is there and up. */
  Optional<Integer> running() throws IOException {
    return rtnl.link(name).filter(l -> l.up() && l.kind().equals("bridge")).map(Link::index);
  }

  private void ensureAddresses(int index, Set<Cidr> addresses) throws IOException {
    Set<Cidr> missing = new HashSet<>(addresses);
    List<LinkAddress> present = rtnl.addresses();
    for (LinkAddress one : present) {
      if (one.link() == index && !one.linkLocal() && !missing.remove(one.address())) {
        rtnl.deleteAddress(index, one.address());
      }
    }
    for (Cidr address : missing) {
      rtnl.addAddress(index, address);
    }
  }
}
