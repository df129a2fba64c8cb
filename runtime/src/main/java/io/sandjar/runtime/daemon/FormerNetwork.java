package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.bridge.BridgeRemains;
import io.sandjar.netbridge.cni.CniPodNetwork;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.DamagedFile;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The network that this node had until its config named another one. As long as pods are on it, it
 * stays the node's, since on another they would be lost; then what is left of it is removed, since
 * two bridges with one address lead packets astray.
 */
final class FormerNetwork {
  private static final System.Logger LOG = System.getLogger(FormerNetwork.class.getName());
  private static final String BRIDGE = "bridge ";
  private static final String CNI = "cni";

  private final Path file;
  private final Path folder;
  private final Config.Network config;
  private final String remembered;
  private final Optional<Config.Network> former;

  /**
   * @param folder where the name of the network that the node has is kept
   */
  FormerNetwork(Path folder, Config.Network config) throws IOException {
    this.file = folder.resolve("provider");
    this.folder = folder;
    this.config = config;
    this.remembered = read();
    this.former = parse(remembered);
  }

  /** Empty where no daemon has kept any, or not in a file. */
  private String read() throws IOException {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException first) {
      return "";
    } catch (IOException wrong) {
      // What cannot be read for a moment may well name the network that pods are on.
      if (!Files.isDirectory(file)) {
        throw wrong;
      }
      DamagedFile.setAside(file, wrong, "the network is taken from the config");
      return "";
    }
  }

  /** What names no network, or the one of the config, means that there is nothing to leave. */
  private Optional<Config.Network> parse(String text) {
    if (text.equals(nameOf(config))) {
      return Optional.empty();
    }
    if (text.equals(CNI)) {
      return Optional.of(config.of(Config.NetworkProvider.CNI, config.bridge()));
    }
    return Optional.of(text)
        .filter(t -> t.startsWith(BRIDGE))
        .map(t -> t.substring(BRIDGE.length()))
        .filter(NewLink::isName)
        .map(bridge -> config.of(Config.NetworkProvider.BRIDGE, bridge));
  }

  private static String nameOf(Config.Network network) {
    return switch (network.provider()) {
      case BRIDGE -> BRIDGE + network.bridge();
      case CNI -> CNI;
    };
  }

  /** The network that the last daemon had, whatever the config names now. */
  Config.Network last() {
    return former.orElse(config);
  }

  /** The network to have: that of the config, unless pods are still on the former one. */
  Config.Network inForce() throws IOException {
    if (former.isEmpty()) {
      return config;
    }
    Collection<String> sandboxes = sandboxes(former.get());
    if (sandboxes.isEmpty()) {
      return config;
    }
    LOG.log(
        Level.WARNING,
        () ->
            "network.provider and network.bridge of the config name %s, but pods are still attached by %s (sandboxes %s): it stays in force until the daemon starts without pods on it, as after their removal, sandjar daemon --reset, or a reboot"
                .formatted(
                    nameOf(config),
                    nameOf(former.get()),
                    String.join(", ", List.copyOf(sandboxes))));
    return former.get();
  }

  private Collection<String> sandboxes(Config.Network network) throws IOException {
    if (network.provider() == Config.NetworkProvider.CNI) {
      return CniPodNetwork.sandboxes(NodeNetwork.cniSettings(network, "", folder));
    }
    try (NetworkNamespace host = NetworkNamespace.current();
        BridgeRemains remains = BridgeRemains.of(host, network.bridge())) {
      return remains.sandboxes(network.namespaceFolder());
    }
  }

  /**
   * Removes what is left of the former network, now that the config's can be had, and remembers
   * that one. What cannot be removed keeps no node from starting: the next start tries again.
   */
  void leave() {
    try {
      if (former.isPresent()) {
        remove(former.get());
      }
      if (!remembered.equals(nameOf(config))) {
        Files.createDirectories(folder);
        AtomicFile.writeDurably(file, nameOf(config).getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "what is left of {0} stays: {1}", nameOf(former.orElse(config)), e);
    }
  }

  private void remove(Config.Network network) throws IOException {
    switch (network.provider()) {
      case BRIDGE -> removeBridge(network.bridge());
      case CNI -> {
        // Plugins may keep addresses of pods that a reboot ended.
        try (var plugins = new CniPodNetwork(NodeNetwork.cniSettings(network, "", folder))) {
          plugins.reconcile(List.of());
        }
      }
    }
  }

  /** Removes a bridge's network, with its table. */
  static void removeBridge(String bridge) throws IOException {
    try (NetworkNamespace host = NetworkNamespace.current();
        NftFirewall firewall = new NftFirewall(host, NodeNetwork.tableOf(bridge));
        BridgeRemains remains = BridgeRemains.of(host, bridge)) {
      firewall.uninstall();
      if (!remains.remove()) {
        LOG.log(
            Level.WARNING,
            "the bridge {0} stays, with the addresses it was given, since Sandjar did not make it",
            bridge);
      }
    }
  }
}
