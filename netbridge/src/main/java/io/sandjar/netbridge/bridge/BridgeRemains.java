package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.namespace.BoundNamespaces;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the network of a bridge leaves on a node for the next process: for one that no process is to
 * follow.
 */
public final class BridgeRemains implements AutoCloseable {
  private final Rtnl rtnl;
  private final String bridge;

  private BridgeRemains(Rtnl rtnl, String bridge) {
    this.rtnl = rtnl;
    this.bridge = bridge;
  }

  public static BridgeRemains of(NetworkNamespace host, String bridge) throws IOException {
    return new BridgeRemains(Rtnl.in(host), bridge);
  }

  /**
   * The sandboxes that are attached, or of which something is left.
   *
   * @param namespaceFolder where their namespaces are bound
   */
  public Set<String> sandboxes(Path namespaceFolder) throws IOException {
    Set<String> ids = new TreeSet<>(BoundNamespaces.of(namespaceFolder, bridge).owners());
    PodLinks cables = new PodLinks(rtnl, bridge);
    for (Link link : rtnl.links()) {
      cables.ownerOf(link).ifPresent(ids::add);
    }
    return ids;
  }

  /**
   * Removes the routes and tunnels to other nodes, and the bridge, if it was made by this network.
   *
   * @return whether no bridge of that name is left
   */
  public boolean remove() throws IOException {
    PeerRoutes.remove(rtnl, bridge);
    Optional<Link> link = rtnl.link(bridge).filter(l -> l.kind().equals("bridge"));
    if (link.isEmpty()) {
      return true;
    }
    if (!BridgeLink.isOwn(link.get())) {
      return false;
    }
    rtnl.deleteLink(link.get().index());
    return true;
  }

  @Override
  public void close() {
    rtnl.close();
  }
}
