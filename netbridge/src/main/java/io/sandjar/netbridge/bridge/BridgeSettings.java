package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.rtnl.NewLink;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a node's bridge network is to be.
 *
 * @param bridge the bridge's name; it belongs to this network, which removes addresses from it that
 *     it did not give it
 * @param podCidrs the node's pod networks; may be empty until {@link BridgeNetwork#podCidrs}
 * @param clusterCidrs where pods keep their address, besides this node's and its peers' networks
 * @param uplink the link to the other nodes; empty for the one of the default route
 * @param nodeAddress the node's own address; empty for the uplink's first
 * @param mtu the largest packet that pods send; 0 for what the uplink takes
 * @param namespaceFolder where the sandboxes' namespaces are bound, so that ip netns finds them
 */
public record BridgeSettings(
    String bridge,
    List<Cidr> podCidrs,
    List<Cidr> clusterCidrs,
    Optional<String> uplink,
    Optional<InetAddress> nodeAddress,
    int mtu,
    Path namespaceFolder) {
  public static final String DEFAULT_BRIDGE = "cbr0";
  public static final Path DEFAULT_NAMESPACE_FOLDER = Path.of("/run/netns");

  public BridgeSettings {
    if (!NewLink.isName(bridge)) {
      throw new IllegalArgumentException(
          "'"
              + bridge
              + "' cannot name a bridge: the kernel takes 1 to "
              + NewLink.LONGEST_NAME
              + " bytes, without / : % or spaces");
    }
    podCidrs = List.copyOf(podCidrs);
    clusterCidrs = List.copyOf(clusterCidrs);
  }

  /** All else by default. */
  public static BridgeSettings of(String bridge, List<Cidr> podCidrs) {
    return new BridgeSettings(
        bridge,
        podCidrs,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        0,
        DEFAULT_NAMESPACE_FOLDER);
  }
}
