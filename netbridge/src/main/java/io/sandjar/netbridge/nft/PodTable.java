package io.sandjar.netbridge.nft;

import static io.sandjar.netbridge.nft.DataType.Part.INET_PROTO;
import static io.sandjar.netbridge.nft.DataType.Part.INET_SERVICE;
import static io.sandjar.netbridge.nft.DataType.Part.IPV4_ADDR;
import static io.sandjar.netbridge.nft.DataType.Part.IPV6_ADDR;
import static io.sandjar.netbridge.nft.Match.in;
import static io.sandjar.netbridge.nft.Match.is;
import static io.sandjar.netbridge.nft.Match.isNot;
import static io.sandjar.netbridge.nft.Match.notIn;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.nft.Chain.Hook;
import java.util.Collection;
import java.util.List;

/**
 * The one table that Sandjar owns: its sets, maps, chains and rules. Host ports are entries of its
 * maps, so opening one adds no rule.
 */
final class PodTable {
  private static final Cidr LOOPBACK = Cidr.parse("127.0.0.0/8");
  private static final Cidr LOOPBACK6 = Cidr.parse("::1");
  private static final Cidr MULTICAST = Cidr.parse("224.0.0.0/4");
  private static final Cidr MULTICAST6 = Cidr.parse("ff00::/8");

  private final Table table;
  private final NftSet pods4;
  private final NftSet pods6;
  private final NftSet cluster4;
  private final NftSet cluster6;
  private final NftSet ports4;
  private final NftSet ports6;
  private final NftSet addressPorts4;
  private final NftSet addressPorts6;

  PodTable(String name) {
    table = new Table(Family.INET, name);
    DataType pod4 = DataType.of(IPV4_ADDR, INET_SERVICE);
    DataType pod6 = DataType.of(IPV6_ADDR, INET_SERVICE);
    DataType port = DataType.of(INET_PROTO, INET_SERVICE);
    DataType addressPort4 = DataType.of(IPV4_ADDR, INET_PROTO, INET_SERVICE);
    DataType addressPort6 = DataType.of(IPV6_ADDR, INET_PROTO, INET_SERVICE);
    int id = 0;
    pods4 = NftSet.ranges(table, "pods4", ++id, IPV4_ADDR);
    pods6 = NftSet.ranges(table, "pods6", ++id, IPV6_ADDR);
    cluster4 = NftSet.ranges(table, "cluster4", ++id, IPV4_ADDR);
    cluster6 = NftSet.ranges(table, "cluster6", ++id, IPV6_ADDR);
    ports4 = NftSet.map(table, "ports4", ++id, port, pod4);
    ports6 = NftSet.map(table, "ports6", ++id, port, pod6);
    addressPorts4 = NftSet.map(table, "address_ports4", ++id, addressPort4, pod4);
    addressPorts6 = NftSet.map(table, "address_ports6", ++id, addressPort6, pod6);
  }

  Table table() {
    return table;
  }

  /** Every map of host ports. */
  List<NftSet> portMaps() {
    return List.of(ports4, ports6, addressPorts4, addressPorts6);
  }

  /** The map that a host port belongs into. */
  NftSet portMap(IpFamily family, boolean onOneAddress) {
    if (family == IpFamily.IPV4) {
      return onOneAddress ? addressPorts4 : ports4;
    }
    return onOneAddress ? addressPorts6 : ports6;
  }

  /** Appends all that the table consists of, besides host ports. */
  void create(
      Batch batch, String bridge, Collection<Cidr> podCidrs, Collection<Cidr> clusterCidrs) {
    batch.add(table);
    Chain guard = table.chain("guard").at("filter", Hook.PREROUTING, Chain.PRIORITY_RAW);
    Chain prerouting = table.chain("prerouting").at("nat", Hook.PREROUTING, Chain.PRIORITY_DSTNAT);
    Chain output = table.chain("output").at("nat", Hook.OUTPUT, Chain.PRIORITY_DSTNAT);
    Chain hostports = table.chain("hostports");
    Chain postrouting =
        table.chain("postrouting").at("nat", Hook.POSTROUTING, Chain.PRIORITY_SRCNAT);
    List.of(guard, prerouting, output, hostports, postrouting).forEach(batch::add);

    networks(batch, pods4, podCidrs, IpFamily.IPV4);
    networks(batch, pods6, podCidrs, IpFamily.IPV6);
    networks(batch, cluster4, clusterCidrs, IpFamily.IPV4);
    networks(batch, cluster6, clusterCidrs, IpFamily.IPV6);
    portMaps().forEach(batch::add);

    guard(batch, guard, bridge);
    batch.add(Rule.in(prerouting).fibDaddrTypeLocal().jump(hostports));
    batch.add(Rule.in(output).fibDaddrTypeLocal().jump(hostports));
    hostPorts(batch, hostports);
    sourceAddresses(batch, postrouting, bridge);
  }

  private static void networks(
      Batch batch, NftSet set, Collection<Cidr> networks, IpFamily family) {
    batch.add(set).add(set, Ranges.of(networks, family));
  }

  /**
   * With route_localnet on the bridge, which host ports on 127.0.0.1 need, a pod could otherwise
   * reach what listens on the node's loopback, or claim to come from it (CVE-2020-8558).
   */
  private static void guard(Batch batch, Chain guard, String bridge) {
    batch.add(Rule.in(guard).iifname(bridge).ipSaddr(is(LOOPBACK)).counter().drop());
    batch.add(Rule.in(guard).iifname(bridge).ipDaddr(is(LOOPBACK)).counter().drop());
  }

  /** A port of one address goes before the same port of all. */
  private void hostPorts(Batch batch, Chain hostports) {
    batch.add(Rule.in(hostports).dnatByAddressAndPort(IpFamily.IPV4, addressPorts4));
    batch.add(Rule.in(hostports).dnatByAddressAndPort(IpFamily.IPV6, addressPorts6));
    // Linux routes nothing from ::1 to another host, so what listens there itself stays reachable.
    batch.add(Rule.in(hostports).ip6Daddr(is(LOOPBACK6)).returns());
    batch.add(Rule.in(hostports).dnatByPort(IpFamily.IPV4, ports4));
    batch.add(Rule.in(hostports).dnatByPort(IpFamily.IPV6, ports6));
  }

  private void sourceAddresses(Batch batch, Chain postrouting, String bridge) {
    // The answer would otherwise go straight to the other pod, or never leave the same one. There
    // is no match on iifname: bridged packets, which br_netfilter shows, have none any more here.
    String toPodHere = "pod to host port of a pod here";
    batch.add(
        Rule.in(postrouting)
            .oifname(bridge)
            .ipSaddr(in(pods4))
            .ctStatus(Rule.CT_STATUS_DNAT)
            .masqueradeFullyRandom()
            .comment(toPodHere));
    batch.add(
        Rule.in(postrouting)
            .oifname(bridge)
            .ip6Saddr(in(pods6))
            .ctStatus(Rule.CT_STATUS_DNAT)
            .masqueradeFullyRandom()
            .comment(toPodHere));
    batch.add(
        Rule.in(postrouting)
            .oifname(bridge)
            .ipSaddr(is(LOOPBACK))
            .ctStatus(Rule.CT_STATUS_DNAT)
            .masqueradeFullyRandom()
            .comment("localhost to host port"));
    batch.add(
        Rule.in(postrouting)
            .ipSaddr(in(pods4))
            .ipDaddr(notIn(cluster4))
            .ipDaddr(isNot(MULTICAST))
            .counter()
            .masqueradeFullyRandom()
            .comment("out of the cluster"));
    batch.add(
        Rule.in(postrouting)
            .ip6Saddr(in(pods6))
            .ip6Daddr(notIn(cluster6))
            .ip6Daddr(isNot(MULTICAST6))
            .counter()
            .masqueradeFullyRandom()
            .comment("out of the cluster"));
  }
}
