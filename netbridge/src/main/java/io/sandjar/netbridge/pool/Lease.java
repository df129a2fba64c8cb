package io.sandjar.netbridge.pool;

import io.sandjar.netbridge.Cidr;
import java.net.InetAddress;
import java.util.List;

/**
 * The addresses of one sandbox.
 *
 * @param addresses one of each family, with its network's prefix
 * @param gateways the next hops that go with them, in the same order
 */
public record Lease(List<Cidr> addresses, List<InetAddress> gateways) {
  public Lease {
    addresses = List.copyOf(addresses);
    gateways = List.copyOf(gateways);
  }
}
