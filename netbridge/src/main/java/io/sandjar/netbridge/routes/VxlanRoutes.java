package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkAddress;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.LinkKind;
import io.sandjar.netbridge.rtnl.LinkRequests;
import io.sandjar.netbridge.rtnl.MacAddress;
import io.sandjar.netbridge.rtnl.Neighbour;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A tunnel to the peers' pods, for nodes that share no segment. Nothing is learnt and nothing
 * flooded: every node's tunnel has a hardware address that follows from the node's own address, so
 * each node can tell its kernel where all others are.
 */
public final class VxlanRoutes implements PeerRoutes {
  /** IPv6, UDP, VXLAN and the inner Ethernet header; IPv4 takes 20 less. */
  private static final int OVERHEAD = 70;

  private final String link;
  private final int id;
  private final int port;

  /**
   * @param link the tunnel link's name
   * @param id the network's identifier (VNI), the same on all nodes
   * @param port the UDP port, the same on all nodes; 4789 by IANA
   */
  public VxlanRoutes(String link, int id, int port) {
    this.link = link;
    this.id = id;
    this.port = port;
  }

  @Override
  public String name() {
    return "vxlan";
  }

  @Override
  public int overhead() {
    return OVERHEAD;
  }

  @Override
  public List<String> ensure(Rtnl rtnl, OwnNode own, List<Peer> peers) throws IOException {
    if (own.addresses().isEmpty()) {
      return List.of(
          "no tunnel to other nodes: this node's own address is not known; set it in the config");
    }
    InetAddress local = own.addresses().get(0);
    int tunnel = ensureTunnel(rtnl, own, local);
    List<String> problems = new ArrayList<>();
    OwnRoutes routes = new OwnRoutes(rtnl, own);
    Set<Neighbour> neighbours = new HashSet<>();
    Set<Neighbour> forwarding = new HashSet<>();
    for (Peer peer : peers) {
      Optional<InetAddress> remote = peer.nodeAddress(IpFamily.of(local));
      if (remote.isEmpty()) {
        problems.add(
            "no tunnel to node "
                + peer.name()
                + ": it has no address of the family of "
                + Cidr.text(local));
        continue;
      }
      MacAddress mac = tunnelMac(remote.get());
      forwarding.add(new Neighbour(tunnel, remote, Optional.of(mac), true));
      for (Cidr cidr : peer.podCidrs()) {
        // The network's first address is the other tunnel end's: no pod ever has it.
        InetAddress hop = cidr.address();
        neighbours.add(new Neighbour(tunnel, Optional.of(hop), Optional.of(mac), true));
        routes.want(peer, Route.of(cidr, hop, tunnel).withOnlink());
      }
    }
    ensureForwarding(rtnl, tunnel, forwarding);
    ensureNeighbours(rtnl, tunnel, neighbours);
    problems.addAll(routes.ensure());
    return problems;
  }

  private int ensureTunnel(Rtnl rtnl, OwnNode own, InetAddress local) throws IOException {
    MacAddress mac = tunnelMac(local);
    String alias = Tunnels.aliasOf(own.bridge());
    LinkKind.Vxlan kind = new LinkKind.Vxlan(id, local, own.uplinkIndex(), port, false);
    Tunnels.removeOthers(rtnl, own.bridge(), link);
    Optional<Link> present = rtnl.link(link);
    if (present.isPresent()) {
      refuseForeign(present.get(), alias);
    }
    if (present.isPresent() && !fits(present.get(), kind, mac)) {
      if (!present.get().kind().equals("vxlan")) {
        throw new IOException(
            "the link " + link + " exists and is a " + present.get().kind() + ", not a vxlan");
      }
      // What a tunnel is cannot be changed while it lives.
      rtnl.deleteLink(present.get().index());
      present = Optional.empty();
    }
    if (present.isEmpty()) {
      rtnl.execute(
          List.of(
              LinkRequests.add(NewLink.of(link, kind).withMac(mac).withMtu(own.mtu())),
              LinkRequests.set(LinkChange.of(link).alias(alias))));
      present = rtnl.link(link);
    }
    Link tunnel =
        present.orElseThrow(() -> new IOException("the link " + link + " vanished at once"));
    if (!tunnel.up() || tunnel.mtu() != own.mtu() || !tunnel.alias().equals(alias)) {
      rtnl.setLink(LinkChange.of(tunnel.index()).up(true).mtu(own.mtu()).alias(alias));
    }
    ensureAddresses(rtnl, own, tunnel.index());
    return tunnel.index();
  }

  /** Two networks that share a tunnel would undo each other's work again and again. */
  private void refuseForeign(Link present, String alias) throws IOException {
    Optional<String> owner = Tunnels.ownerOf(present);
    if (owner.isPresent() && !present.alias().equals(alias)) {
      throw new IOException(
          "the tunnel "
              + link
              + " belongs to the network of bridge "
              + owner.get()
              + ": give this node another network.vxlanId and network.vxlanPort");
    }
  }

  private static boolean fits(Link present, LinkKind.Vxlan kind, MacAddress mac) {
    return present.vxlan().equals(Optional.of(kind)) && present.mac().equals(Optional.of(mac));
  }

  /** What the node itself sends to pods elsewhere comes from an address that they can answer. */
  private static void ensureAddresses(Rtnl rtnl, OwnNode own, int tunnel) throws IOException {
    Set<Cidr> wanted = new HashSet<>();
    for (Cidr cidr : own.podCidrs()) {
      wanted.add(new Cidr(cidr.network().address(), cidr.family().bits()));
    }
    for (LinkAddress present : rtnl.addresses()) {
      if (present.link() == tunnel && !present.linkLocal() && !wanted.remove(present.address())) {
        rtnl.deleteAddress(tunnel, present.address());
      }
    }
    for (Cidr address : wanted) {
      rtnl.addAddress(tunnel, address);
    }
  }

  private static void ensureForwarding(Rtnl rtnl, int tunnel, Set<Neighbour> wanted)
      throws IOException {
    for (Neighbour entry : rtnl.fdb()) {
      if (entry.link() == tunnel && entry.address().isPresent() && entry.mac().isPresent()) {
        if (!wanted.remove(entry)) {
          rtnl.deleteFdb(tunnel, entry.mac().get(), entry.address().get());
        }
      }
    }
    for (Neighbour entry : wanted) {
      rtnl.appendFdb(tunnel, entry.mac().orElseThrow(), entry.address().orElseThrow());
    }
  }

  private static void ensureNeighbours(Rtnl rtnl, int tunnel, Set<Neighbour> wanted)
      throws IOException {
    for (Neighbour entry : rtnl.neighbours()) {
      if (entry.link() == tunnel && entry.permanent() && entry.address().isPresent()) {
        if (!wanted.remove(entry)) {
          rtnl.deleteNeighbour(tunnel, entry.address().get());
        }
      }
    }
    for (Neighbour entry : wanted) {
      rtnl.replaceNeighbour(tunnel, entry.address().orElseThrow(), entry.mac().orElseThrow());
    }
  }

  private static MacAddress tunnelMac(InetAddress node) {
    return MacAddress.derivedFrom("vxlan " + node.getHostAddress());
  }
}
