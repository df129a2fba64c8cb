package io.sandjar.netbridge.cni;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkAddress;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.rtnl.Uplink;
import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a node can tell of a network that plugins made: its pods with their addresses and links, and
 * the bridge that those are plugged in, where the network has one. Pools and routes are theirs.
 */
final class CniTopology {
  private final String nodeName;

  CniTopology(String nodeName) {
    this.nodeName = nodeName;
  }

  /** As seen in the calling thread's network namespace. */
  Topology of(NetworkStatus status, List<Attachment> pods) throws IOException {
    try (Rtnl rtnl = Rtnl.open()) {
      Uplink uplink = Uplink.find(rtnl, Optional.empty());
      Optional<Link> bridge = bridge(rtnl.links(), pods);
      return new Topology(
          nodeName,
          uplink.addresses(),
          status,
          uplink.name(),
          bridge.map(Link::name).orElse(""),
          bridge.isPresent() ? addresses(rtnl, bridge.get()) : List.of(),
          bridge.map(Link::mtu).orElse(0),
          "cni",
          List.of(),
          pods,
          List.of(),
          List.of());
    }
  }

  /** What the pods' links are plugged in; with several bridges, the first. */
  private static Optional<Link> bridge(List<Link> links, List<Attachment> pods) {
    Set<String> ends = pods.stream().map(Attachment::hostInterface).collect(Collectors.toSet());
    Set<Integer> masters =
        links.stream()
            .filter(l -> ends.contains(l.name()) && l.master() != 0)
            .map(Link::master)
            .collect(Collectors.toSet());
    return links.stream().filter(l -> masters.contains(l.index())).findFirst();
  }

  private static List<Cidr> addresses(Rtnl rtnl, Link bridge) throws IOException {
    return rtnl.addresses().stream()
        .filter(a -> a.link() == bridge.index() && !a.linkLocal())
        .map(LinkAddress::address)
        .toList();
  }
}
