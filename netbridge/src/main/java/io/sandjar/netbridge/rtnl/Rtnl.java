package io.sandjar.netbridge.rtnl;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.netlink.NetlinkException;
import io.sandjar.netbridge.netlink.NetlinkMessage;
import io.sandjar.netbridge.netlink.NetlinkProtocol;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.netlink.NetlinkSocket;
import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The links, addresses, routes and neighbours of one network namespace. Reads and changes one thing
 * at a time; {@link #execute} takes several encoded requests in one datagram.
 */
public final class Rtnl implements AutoCloseable {
  private static final Errno EADDRNOTAVAIL =
      new Errno(jnr.constants.platform.Errno.EADDRNOTAVAIL.intValue());

  private final NetlinkSocket socket;

  private Rtnl(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Of the calling thread's namespace. */
  public static Rtnl open() throws IOException {
    return new Rtnl(NetlinkSocket.open(NetlinkProtocol.ROUTE));
  }

  public static Rtnl in(NetworkNamespace namespace) throws IOException {
    return new Rtnl(namespace.socket(NetlinkProtocol.ROUTE));
  }

  public void execute(List<NetlinkRequest> batch) throws IOException {
    socket.execute(batch);
  }

  /** As {@link #execute}, and then looks for these links in the same datagram. */
  public List<Link> executeAndLook(List<NetlinkRequest> batch, List<String> names)
      throws IOException {
    List<NetlinkRequest> all = new ArrayList<>(batch);
    for (String name : names) {
      all.add(LinkRequests.get(name).tolerating(Errno.ENODEV));
    }
    return socket.execute(all).stream().map(Link::of).toList();
  }

  public List<NetlinkMessage> execute(NetlinkRequest request) throws IOException {
    return socket.execute(request);
  }

  public List<NetlinkMessage> dump(NetlinkRequest request) throws IOException {
    return socket.dump(request);
  }

  public void addLink(NewLink link) throws IOException {
    socket.execute(LinkRequests.add(link));
  }

  public void setLink(LinkChange change) throws IOException {
    socket.execute(LinkRequests.set(change));
  }

  /** Deletes a link; that it is gone already is no error. */
  public void deleteLink(int index) throws IOException {
    socket.execute(LinkRequests.delete(index).tolerating(Errno.ENODEV));
  }

  /** Deletes a link; that it is gone already is no error. */
  public void deleteLink(String name) throws IOException {
    socket.execute(LinkRequests.delete(name).tolerating(Errno.ENODEV));
  }

  public Optional<Link> link(String name) throws IOException {
    try {
      return socket.execute(LinkRequests.get(name)).stream().findFirst().map(Link::of);
    } catch (NetlinkException e) {
      if (e.is(Errno.ENODEV)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  public List<Link> links() throws IOException {
    return socket.dump(LinkRequests.list()).stream().map(Link::of).toList();
  }

  /** Adds an address; that it is there already is no error. */
  public void addAddress(int link, Cidr address) throws IOException {
    socket.execute(AddressRequests.add(link, address).tolerating(Errno.EEXIST));
  }

  /** Deletes an address; that it is gone already is no error. */
  public void deleteAddress(int link, Cidr address) throws IOException {
    socket.execute(AddressRequests.delete(link, address).tolerating(EADDRNOTAVAIL));
  }

  public List<LinkAddress> addresses() throws IOException {
    List<LinkAddress> addresses = new ArrayList<>();
    socket.dump(AddressRequests.list()).forEach(m -> LinkAddress.of(m).ifPresent(addresses::add));
    return addresses;
  }

  public void addRoute(Route route) throws IOException {
    socket.execute(RouteRequests.add(route));
  }

  public void replaceRoute(Route route) throws IOException {
    socket.execute(RouteRequests.replace(route));
  }

  /** Deletes a route; that it is gone already is no error. */
  public void deleteRoute(Route route) throws IOException {
    socket.execute(RouteRequests.delete(route).tolerating(Errno.ESRCH, Errno.ENODEV));
  }

  /** The plain unicast routes of all tables and both families. */
  public List<Route> routes() throws IOException {
    List<Route> routes = new ArrayList<>();
    socket.dump(RouteRequests.list()).forEach(m -> Route.of(m).ifPresent(routes::add));
    return routes;
  }

  public void replaceNeighbour(int link, InetAddress neighbour, MacAddress mac) throws IOException {
    socket.execute(NeighbourRequests.replace(link, neighbour, mac));
  }

  public void deleteNeighbour(int link, InetAddress neighbour) throws IOException {
    socket.execute(
        NeighbourRequests.delete(link, neighbour).tolerating(Errno.ENOENT, Errno.ENODEV));
  }

  public void appendFdb(int tunnel, MacAddress mac, InetAddress node) throws IOException {
    socket.execute(NeighbourRequests.appendFdb(tunnel, mac, node).tolerating(Errno.EEXIST));
  }

  public void deleteFdb(int tunnel, MacAddress mac, InetAddress node) throws IOException {
    socket.execute(
        NeighbourRequests.deleteFdb(tunnel, mac, node).tolerating(Errno.ENOENT, Errno.ENODEV));
  }

  /** The neighbour tables of both families. */
  public List<Neighbour> neighbours() throws IOException {
    return socket.dump(NeighbourRequests.list(0)).stream().map(Neighbour::of).toList();
  }

  /** The forwarding tables of bridges and tunnels. */
  public List<Neighbour> fdb() throws IOException {
    return socket.dump(NeighbourRequests.list(Rtnetlink.AF_BRIDGE)).stream()
        .map(Neighbour::of)
        .toList();
  }

  @Override
  public void close() {
    socket.close();
  }
}
