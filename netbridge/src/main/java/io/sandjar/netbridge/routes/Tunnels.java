package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.util.Optional;

/** Tells by their aliases which tunnels belong to the network of which bridge. */
final class Tunnels {
  private static final String ALIAS_PREFIX = "sandjar-tunnel/";

  private Tunnels() {}

  static String aliasOf(String bridge) {
    return ALIAS_PREFIX + bridge;
  }

  /** The bridge of the network that a link is the tunnel of, if it is one. */
  static Optional<String> ownerOf(Link link) {
    return link.alias().startsWith(ALIAS_PREFIX)
        ? Optional.of(link.alias().substring(ALIAS_PREFIX.length()))
        : Optional.empty();
  }

  /** Removes every tunnel of a bridge's network. */
  static void remove(Rtnl rtnl, String bridge) throws IOException {
    removeOthers(rtnl, bridge, "");
  }

  /**
   * Removes the tunnels of a bridge's network that an earlier config wanted.
   *
   * @param wanted the name of the one that stays
   */
  static void removeOthers(Rtnl rtnl, String bridge, String wanted) throws IOException {
    for (Link link : rtnl.links()) {
      if (ownerOf(link).filter(bridge::equals).isPresent() && !link.name().equals(wanted)) {
        rtnl.deleteLink(link.index());
      }
    }
  }
}
