package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.bridge.BridgeNetwork;
import io.sandjar.netbridge.bridge.BridgeSettings;
import io.sandjar.netbridge.cni.CniPodNetwork;
import io.sandjar.netbridge.cni.CniSettings;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.routes.PeerFile;
import io.sandjar.netbridge.routes.PeerFileWatch;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.routes.VxlanRoutes;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.runtime.api.NetworkRoutes;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.cri.Condition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The node's pod network as the config wants it, with all that has to be closed with it. */
final class NodeNetwork implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NodeNetwork.class.getName());

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Config.Network settings;
  private PodNetwork network;
  private final RememberedPodCidrs remembered;
  private Optional<PeerTable> peers = Optional.empty();

  private NodeNetwork(Config.Network settings, Path folder) {
    this.settings = settings;
    this.remembered = new RememberedPodCidrs(folder.resolve("pod-cidr"));
  }

  /**
   * Opens the network without changing the kernel, besides removing a former network: all else is
   * for {@link PodNetwork#reconcile}, once it is known which pods are alive. A former network that
   * still has pods is opened instead of the config's.
   *
   * @throws ConfigException if the config's addresses make no sense
   */
  static NodeNetwork open(Config.Network config, String nodeName, Path root)
      throws ConfigException, IOException {
    FormerNetwork former = new FormerNetwork(folder(root), config);
    Config.Network inForce = former.inForce();
    NodeNetwork opened = openAs(inForce, nodeName, root);
    if (inForce.equals(config)) {
      former.leave();
    }
    return opened;
  }

  /** As {@link #open}, with nothing removed, and whatever network the node had before. */
  static NodeNetwork openAs(Config.Network config, String nodeName, Path root)
      throws ConfigException, IOException {
    Path folder = folder(root);
    NodeNetwork opened = new NodeNetwork(config, folder);
    try {
      switch (config.provider()) {
        case BRIDGE -> opened.openBridge(config, nodeName, folder);
        case CNI ->
            opened.network =
                opened.opened(new CniPodNetwork(cniSettings(config, nodeName, folder)));
      }
      return opened;
    } catch (IllegalArgumentException e) {
      opened.close();
      throw new ConfigException("network: " + e.getMessage());
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void openBridge(Config.Network config, String nodeName, Path folder) throws IOException {
    List<Cidr> podCidrs = remembered.read();
    if (podCidrs.isEmpty()) {
      podCidrs = config.podCIDR().stream().map(Cidr::parse).toList();
    }
    BridgeSettings settings =
        new BridgeSettings(
            config.bridge(),
            podCidrs,
            config.clusterCIDR().stream().map(Cidr::parse).toList(),
            config.uplink(),
            config.nodeAddress().map(Cidr::address),
            config.mtu(),
            config.namespaceFolder());
    List<Peer> configured =
        config.peers().stream().map(line -> Peer.parse(line, Peer.Source.CONFIG)).toList();
    PeerFile added = new PeerFile(folder.resolve("peers"), Peer.Source.RUNTIME);
    PeerTable table = new PeerTable(nodeName, configured, Optional.of(added));
    peers = Optional.of(table);
    PeerRoutes way =
        switch (config.overlay()) {
          case NONE -> new StaticRoutes();
          case VXLAN ->
              new VxlanRoutes("sjvx" + config.vxlanId(), config.vxlanId(), config.vxlanPort());
        };
    NetworkNamespace host = opened(NetworkNamespace.current());
    NftFirewall firewall = opened(new NftFirewall(host, tableOf(config.bridge())));
    TcShaper shaper = new TcShaper(opened(Rtnl.in(host)));
    network = opened(BridgeNetwork.open(settings, host, table, way, firewall, shaper));
    if (config.peersFile().isPresent()) {
      PeerFile file = new PeerFile(Path.of(config.peersFile().get()), Peer.Source.FILE);
      opened(PeerFileWatch.start(file, table::replaceFromFile));
    }
  }

  /** Where what must outlive a daemon is kept. */
  static Path folder(Path root) {
    return root.resolve("network");
  }

  /** The table that a bridge's rules are in. */
  static String tableOf(String bridge) {
    return "sandjar-" + bridge;
  }

  static CniSettings cniSettings(Config.Network config, String nodeName, Path folder) {
    return new CniSettings(
        nodeName,
        config.cniConfDir(),
        config.cniBinDir().stream().map(Path::of).toList(),
        folder.resolve("cni"),
        config.namespaceFolder(),
        CniSettings.DEFAULT_TIMEOUT);
  }

  /** The config's, or with the bridge or provider of a former network that is in force. */
  Config.Network settings() {
    return settings;
  }

  PodNetwork network() {
    return network;
  }

  /** The addresses that a kubelet chose are the node's from now on, also after a restart. */
  void rememberPodCidrs(List<Cidr> podCidrs) throws IOException {
    remembered.write(podCidrs);
  }

  /** What a kubelet asks for as NetworkReady. */
  Condition condition() {
    NetworkStatus status = network.status();
    return status.ready() ? Condition.MET : Condition.unmet(status.reason(), status.message());
  }

  void addTo(Router router) {
    new NetworkRoutes(network, peers).addTo(router);
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.WARNING, "closing a part of the network failed", e);
      }
    }
  }
}
