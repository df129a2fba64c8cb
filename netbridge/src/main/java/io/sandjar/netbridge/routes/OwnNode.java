package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.Cidr;
import java.net.InetAddress;
import java.util.List;

/**
 * What the routes to others depend on here.
 *
 * @param bridge the bridge's name, which tells this network's routes and tunnel from others'
 * @param addresses the node's addresses on its uplink, the primary one first
 * @param uplinkIndex the uplink's index, 0 if there is none
 * @param mtu the largest packet that pods send
 */
public record OwnNode(
    String bridge, List<Cidr> podCidrs, List<InetAddress> addresses, int uplinkIndex, int mtu) {
  public OwnNode {
    podCidrs = List.copyOf(podCidrs);
    addresses = List.copyOf(addresses);
  }
}
