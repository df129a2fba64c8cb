package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.namespace.BoundNamespaces;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.pool.Lease;
import io.sandjar.netbridge.pool.NodePools;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * The pods of one node on one bridge, with routes to the other nodes' pods. It looks after itself:
 * what somebody deletes or alters is put back.
 */
public final class BridgeNetwork implements PodNetwork {
  public static final String PROVIDER = "bridge";
  private static final System.Logger LOG = System.getLogger(BridgeNetwork.class.getName());

  /** How long an attach waits for an address in quarantine when there is no other. */
  private static final Duration LEASE_PATIENCE = Duration.ofSeconds(5);

  private static final Duration NAMESPACE_PATIENCE = Duration.ofSeconds(2);

  private final NetworkNamespace host;
  private final Rtnl rtnl;
  private final PodLinks cables;
  private final BoundNamespaces namespaces;
  private final PeerTable peers;
  private final NodeFirewall firewall;
  private final TrafficShaper shaper;
  private final NodePods pods;
  private final NodeState node;
  private final Teardown teardown;
  private final Upkeep upkeep;
  private final BridgeReport report;
  private final ScheduledExecutorService later;

  private BridgeNetwork(
      BridgeSettings settings,
      NetworkNamespace host,
      PeerTable peers,
      PeerRoutes way,
      NodeFirewall firewall,
      TrafficShaper shaper)
      throws IOException {
    String bridge = settings.bridge();
    this.host = host;
    this.peers = peers;
    this.firewall = firewall;
    this.shaper = shaper;
    NodePools pools = new NodePools(settings.podCidrs());
    peers.ownCidrs(settings.podCidrs());
    this.pods = new NodePods(pools);
    this.namespaces = BoundNamespaces.of(settings.namespaceFolder(), bridge);
    this.rtnl = Rtnl.in(host);
    this.later = scheduler("network of " + bridge);
    try {
      this.cables = new PodLinks(rtnl, bridge);
      this.node = new NodeState(settings, host, rtnl, cables, pods, peers, way, firewall, shaper);
      this.report = new BridgeReport(settings, pods, node, peers, firewall);
      this.teardown = new Teardown(rtnl, later, NAMESPACE_PATIENCE, pools::free);
      this.upkeep = new Upkeep(bridge, host, later, node, pods, cables, firewall, teardown);
    } catch (IOException | RuntimeException e) {
      later.shutdownNow();
      rtnl.close();
      throw e;
    }
  }

  /**
   * Opens the network of a node; {@link #reconcile} then sets it up.
   *
   * @param host the node's namespace, which this object closes in the end, as it does the packet
   *     filter and the shaper; also where it cannot be opened
   */
  public static BridgeNetwork open(
      BridgeSettings settings,
      NetworkNamespace host,
      PeerTable peers,
      PeerRoutes way,
      NodeFirewall firewall,
      TrafficShaper shaper)
      throws IOException {
    try {
      BridgeNetwork network = new BridgeNetwork(settings, host, peers, way, firewall, shaper);
      peers.onChange(network.upkeep::checkSoon);
      return network;
    } catch (IOException | RuntimeException e) {
      firewall.close();
      shaper.close();
      host.close();
      throw e;
    }
  }

  @Override
  public void reserve(String sandboxId, AttachRequest.Pod pod, List<PortMapping> ports)
      throws IOException {
    firewall.claim(sandboxId, pod.namespace() + "/" + pod.name(), ports);
  }

  @Override
  public Attachment attach(AttachRequest request) throws IOException {
    String id = request.sandboxId();
    NodePools pools = pods.pools();
    if (pools.isEmpty()) {
      throw new IOException(
          "sandbox " + id + " cannot be attached: the node has no pod network yet");
    }
    try (Undo undo = new Undo()) {
      reserve(id, request.pod(), request.portMappings());
      undo.add(() -> firewall.close(id));
      Lease lease = pools.lease(id, request.families(), LEASE_PATIENCE);
      undo.add(() -> pools.free(id));
      Path path = namespaces.bind(id, request.namespace());
      undo.add(() -> namespaces.unbind(id));
      Attachment attachment = attachment(request, lease, path);
      int bridge = node.bridgeIndex();
      cables.create(attachment, request.namespace(), bridge);
      undo.add(() -> rtnl.deleteLink(attachment.hostInterface()));
      firewall.open(id, lease.addresses().stream().map(Cidr::address).toList());
      if (request.bandwidth().limited()) {
        undo.add(() -> shaper.remove(attachment.hostInterface()));
        shaper.limit(attachment.hostInterface(), request.bandwidth(), attachment.mtu());
      }
      pods.add(attachment);
      undo.forget();
      if (bridge != node.bridgeIndex() || !node.knowsGatewaysOf(attachment)) {
        // The bridge was made anew meanwhile, or got another network, by somebody who did not know
        // of this cable.
        upkeep.checkSoon();
      }
      return attachment;
    }
  }

  private Attachment attachment(AttachRequest request, Lease lease, Path namespace) {
    return new Attachment(
        request.sandboxId(),
        PROVIDER,
        request.pod().namespace(),
        request.pod().name(),
        lease.addresses(),
        lease.gateways(),
        PodLinks.macFor(lease.addresses().get(0).address()).text(),
        node.mtu(),
        PodLinks.POD_INTERFACE,
        PodLinks.nameOf(request.sandboxId()),
        namespace.toString(),
        request.portMappings(),
        request.bandwidth(),
        Map.of());
  }

  @Override
  public void detach(Attachment attachment) throws IOException {
    String id = attachment.sandboxId();
    pods.remove(id);
    pods.pools().quarantine(id);
    try {
      firewall.close(id);
      if (attachment.bandwidth().limited()) {
        later.execute(() -> unlimit(attachment.hostInterface()));
      }
    } finally {
      namespaces.unbind(id);
      teardown.await(attachment.hostInterface(), id);
    }
  }

  private void unlimit(String link) {
    try {
      shaper.remove(link);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot remove the limits of " + link, e);
    }
  }

  @Override
  public void discard(String sandboxId) throws IOException {
    pods.remove(sandboxId);
    String link = PodLinks.nameOf(sandboxId);
    firewall.close(sandboxId);
    shaper.remove(link);
    namespaces.unbind(sandboxId);
    teardown.finish(link);
    pods.pools().free(sandboxId);
  }

  @Override
  public void reconcile(Collection<Attachment> live) throws IOException {
    pods.reconcile(live);
    for (String owner : namespaces.owners()) {
      if (!pods.contains(owner)) {
        namespaces.unbind(owner);
      }
    }
    List<Link> remains = new ArrayList<>();
    for (Link link : rtnl.links()) {
      Optional<String> owner = cables.ownerOf(link);
      if (owner.isPresent() && !pods.contains(owner.get())) {
        remains.add(link);
        teardown.await(link.name(), owner.get());
      }
    }
    cables.delete(remains);
    teardown.lookAgain();
    try {
      firewall.reconcile(pods.all());
      node.ensure();
    } catch (IOException e) {
      // The node must start all the same: what runs on it is to be seen and logged. The status says
      // that the network is not ready, and the next check tries again.
      LOG.log(System.Logger.Level.WARNING, "the pod network is not ready: {0}", e.getMessage());
    }
  }

  @Override
  public NetworkStatus status() {
    NetworkStatus now = report.status();
    if (!now.ready() && node.failure().isEmpty()) {
      // It went away and no event told of it; what failed already is tried again by the clock.
      upkeep.checkSoon();
    }
    return now;
  }

  @Override
  public Topology topology() {
    return report.topology();
  }

  @Override
  public synchronized void podCidrs(List<Cidr> podCidrs) throws IOException {
    List<Cidr> wanted = podCidrs.stream().map(Cidr::network).toList();
    if (!wanted.equals(pods.pools().networks())) {
      change(wanted);
    } else if (node.failure().isEmpty()) {
      return;
    }
    // Asked for again after a failure too: done is only what works.
    node.ensure();
  }

  private void change(List<Cidr> wanted) {
    List<Cidr> before = pods.pools().networks();
    peers.ownCidrs(wanted);
    try {
      pods.change(wanted);
    } catch (IllegalArgumentException e) {
      peers.ownCidrs(before);
      throw e;
    }
  }

  /** The other nodes. */
  public PeerTable peers() {
    return peers;
  }

  public NodePools pools() {
    return pods.pools();
  }

  @Override
  public void close() {
    upkeep.close();
    firewall.close();
    shaper.close();
    rtnl.close();
    host.close();
  }

  private static ScheduledExecutorService scheduler(String name) {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }
}
