package io.sandjar.netbridge.rtnl;

import io.sandjar.netbridge.IpFamily;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The link by which this node reaches others.
 *
 * @param index 0 if there is none
 * @param addresses the global ones, IPv4 first
 */
public record Uplink(int index, String name, int mtu, List<InetAddress> addresses) {
  private static final int ETHERNET_MTU = 1500;
  private static final int MAIN_TABLE = 254;
  public static final Uplink NONE = new Uplink(0, "", ETHERNET_MTU, List.of());

  /** The link of that name, or the default route's; without either pods only talk to this node. */
  public static Uplink find(Rtnl rtnl, Optional<String> name) throws IOException {
    Optional<Link> link;
    if (name.isPresent()) {
      link = rtnl.link(name.get());
      if (link.isEmpty()) {
        throw new IOException("the uplink " + name.get() + " does not exist");
      }
    } else {
      Optional<Route> byDefault =
          rtnl.routes().stream()
              .filter(r -> r.isDefault() && r.table() == MAIN_TABLE && r.link() != 0)
              .min(
                  Comparator.comparing((Route r) -> r.destination().family())
                      .thenComparing(Route::metric));
      if (byDefault.isEmpty()) {
        return NONE;
      }
      int index = byDefault.get().link();
      link = rtnl.links().stream().filter(l -> l.index() == index).findFirst();
    }
    if (link.isEmpty()) {
      return NONE;
    }
    int index = link.get().index();
    List<InetAddress> addresses =
        rtnl.addresses().stream()
            .filter(a -> a.link() == index && !a.linkLocal())
            .map((LinkAddress a) -> a.address().address())
            .filter(a -> !a.isLinkLocalAddress())
            .sorted(Comparator.comparing(IpFamily::of))
            .toList();
    return new Uplink(index, link.get().name(), link.get().mtu(), addresses);
  }
}
