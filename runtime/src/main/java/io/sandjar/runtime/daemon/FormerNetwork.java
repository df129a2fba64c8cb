package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.bridge.BridgeRemains;
import io.sandjar.netbridge.cni.CniPodNetwork;
import io.sandjar.netbridge.cni.CniSettings;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.runtime.state.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * The network that this node had until its config named another one. Its pods would be on neither,
 * so there must be none; what else it left is removed, since two bridges with one address lead
 * packets astray.
 */
final class FormerNetwork {
  private static final String BRIDGE = "bridge ";

  private final Path file;
  private final Config.Network config;
  private final CniSettings cni;

  /**
   * @param file keeps the name of the network that the node has
   */
  FormerNetwork(Path file, Config.Network config, CniSettings cni) {
    this.file = file;
    this.config = config;
    this.cni = cni;
  }

  /**
   * Leaves it for the network that the config names, if that is another.
   *
   * @throws ConfigException if pods are still on it
   */
  void leave() throws ConfigException, IOException {
    String wanted =
        switch (config.provider()) {
          case BRIDGE -> BRIDGE + config.bridge();
          case CNI -> "cni";
        };
    String former = Files.exists(file) ? Files.readString(file).strip() : "";
    if (former.equals(wanted)) {
      return;
    }
    if (former.startsWith(BRIDGE)) {
      leaveBridge(former.substring(BRIDGE.length()), wanted);
    } else if (!former.isEmpty()) {
      requireNone(CniPodNetwork.sandboxes(cni), former, wanted);
    }
    Files.createDirectories(file.getParent());
    AtomicFile.writeDurably(file, wanted.getBytes(StandardCharsets.UTF_8));
  }

  private void leaveBridge(String bridge, String wanted) throws ConfigException, IOException {
    try (NetworkNamespace host = NetworkNamespace.current();
        BridgeRemains remains = BridgeRemains.of(host, bridge)) {
      requireNone(remains.sandboxes(config.namespaceFolder()), BRIDGE + bridge, wanted);
      remove(host, remains, bridge);
    }
  }

  /** Removes a bridge's network, with its table. */
  static void remove(NetworkNamespace host, BridgeRemains remains, String bridge)
      throws IOException {
    try (NftFirewall firewall = new NftFirewall(host, NodeNetwork.tableOf(bridge))) {
      firewall.uninstall();
    }
    remains.remove();
  }

  private static void requireNone(Collection<String> sandboxes, String former, String wanted)
      throws ConfigException {
    if (!sandboxes.isEmpty()) {
      throw new ConfigException(
          "network: the config names %s, but pods are still attached by %s (sandboxes %s): set it back and remove them first"
              .formatted(wanted, former, String.join(", ", List.copyOf(sandboxes))));
    }
  }
}
