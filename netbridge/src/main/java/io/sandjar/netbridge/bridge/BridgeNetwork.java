package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.netbridge.namespace.BoundNamespaces;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.pool.NodePools;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.sysctl.Sysctl;
import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

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

  /** Long enough for a burst of events to end, short enough for nobody to notice. */
  private static final long CHECK_DELAY_MILLIS = 50;

  /** What no event tells of: routes that vanish with their link going down. */
  private static final long CHECK_EVERY_SECONDS = 30;

  private final BridgeSettings settings;
  private final NetworkNamespace host;
  private final Rtnl rtnl;
  private final PodLinks cables;
  private final BoundNamespaces namespaces;
  private final PeerTable peers;
  private final NodeFirewall firewall;
  private final TrafficShaper shaper;
  private final NodeState node;
  private final NodeWatch watch;
  private final Teardown teardown;
  private final ScheduledExecutorService later;
  private final AtomicBoolean checkAsked = new AtomicBoolean();
  private final AtomicBoolean filterCheckAsked = new AtomicBoolean();
  private final Map<String, Attachment> attached = new ConcurrentHashMap<>();
  private volatile NodePools pools;

  private BridgeNetwork(
      BridgeSettings settings,
      NetworkNamespace host,
      PeerTable peers,
      PeerRoutes way,
      NodeFirewall firewall,
      TrafficShaper shaper)
      throws IOException {
    this.settings = settings;
    this.host = host;
    this.peers = peers;
    this.firewall = firewall;
    this.shaper = shaper;
    this.pools = new NodePools(settings.podCidrs());
    peers.ownCidrs(settings.podCidrs());
    this.rtnl = Rtnl.in(host);
    this.cables = new PodLinks(rtnl, settings.bridge());
    this.namespaces = new BoundNamespaces(settings.namespaceFolder(), settings.bridge() + "-");
    this.node = new NodeState(settings, host, rtnl, cables, peers, way, firewall);
    this.later = scheduler("network of " + settings.bridge());
    this.teardown = new Teardown(rtnl, later, NAMESPACE_PATIENCE, id -> pools.free(id));
    try {
      this.watch =
          new NodeWatch(
              host,
              settings.bridge(),
              node::bridgeIndex,
              this::suspicious,
              teardown::vanished,
              this::checkSoon,
              this::filterCheckSoon);
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
   *     filter and the shaper
   */
  public static BridgeNetwork open(
      BridgeSettings settings,
      NetworkNamespace host,
      PeerTable peers,
      PeerRoutes way,
      NodeFirewall firewall,
      TrafficShaper shaper)
      throws IOException {
    BridgeNetwork network = new BridgeNetwork(settings, host, peers, way, firewall, shaper);
    peers.onChange(network::checkSoon);
    network.later.scheduleWithFixedDelay(
        network::check, CHECK_EVERY_SECONDS, CHECK_EVERY_SECONDS, TimeUnit.SECONDS);
    return network;
  }

  @Override
  public Attachment attach(AttachRequest request) throws IOException {
    String id = request.sandboxId();
    if (pools.isEmpty()) {
      throw new IOException(
          "sandbox " + id + " cannot be attached: the node has no pod network yet");
    }
    try (Undo undo = new Undo()) {
      AttachRequest.Pod pod = request.pod();
      firewall.claim(id, pod.namespace() + "/" + pod.name(), request.portMappings());
      undo.add(() -> firewall.close(id));
      NodePools leasing = pools;
      List<Cidr> addresses = leasing.lease(id, request.families(), LEASE_PATIENCE);
      undo.add(() -> leasing.free(id));
      Path path = namespaces.bind(id, request.namespace());
      undo.add(() -> namespaces.unbind(id));
      Attachment attachment =
          new Attachment(
              id,
              PROVIDER,
              pod.namespace(),
              pod.name(),
              addresses,
              PodLinks.gatewaysFor(addresses, leasing.gateways()),
              PodLinks.macFor(addresses.get(0).address()).text(),
              node.mtu(),
              PodLinks.POD_INTERFACE,
              PodLinks.nameOf(id),
              path.toString(),
              request.portMappings(),
              request.bandwidth(),
              Map.of());
      int bridge = node.bridgeIndex();
      cables.create(attachment, request.namespace(), bridge);
      undo.add(() -> rtnl.deleteLink(attachment.hostInterface()));
      firewall.open(id, addresses.stream().map(Cidr::address).toList());
      if (request.bandwidth().limited()) {
        undo.add(() -> shaper.remove(attachment.hostInterface()));
        shaper.limit(attachment.hostInterface(), request.bandwidth(), attachment.mtu());
      }
      attached.put(id, attachment);
      undo.forget();
      if (bridge != node.bridgeIndex()) {
        // The bridge was made anew meanwhile, by somebody who did not know of this cable.
        checkSoon();
      }
      return attachment;
    }
  }

  @Override
  public void detach(Attachment attachment) throws IOException {
    String id = attachment.sandboxId();
    attached.remove(id);
    pools.quarantine(id);
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
    attached.remove(sandboxId);
    String link = PodLinks.nameOf(sandboxId);
    firewall.close(sandboxId);
    shaper.remove(link);
    namespaces.unbind(sandboxId);
    teardown.finish(link);
    pools.free(sandboxId);
  }

  @Override
  public void reconcile(Collection<Attachment> live) throws IOException {
    Set<String> ids = new HashSet<>();
    for (Attachment attachment : live) {
      ids.add(attachment.sandboxId());
      adopt(attachment);
    }
    for (String stale : List.copyOf(attached.keySet())) {
      if (!ids.contains(stale)) {
        attached.remove(stale);
        pools.quarantine(stale);
      }
    }
    for (String owner : namespaces.owners()) {
      if (!ids.contains(owner)) {
        namespaces.unbind(owner);
      }
    }
    List<Link> remains = new ArrayList<>();
    for (Link link : rtnl.links()) {
      Optional<String> owner = cables.ownerOf(link);
      if (owner.isPresent() && !ids.contains(owner.get())) {
        remains.add(link);
        teardown.await(link.name(), owner.get());
      }
    }
    cables.delete(remains);
    teardown.lookAgain();
    try {
      firewall.reconcile(List.copyOf(attached.values()));
      if (!pools.isEmpty()) {
        node.ensure(pools.gateways(), attached);
      }
    } catch (IOException e) {
      // The node must start all the same: what runs on it is to be seen and logged. The status says
      // that the network is not ready, and the next check tries again.
      LOG.log(System.Logger.Level.WARNING, "the pod network is not ready: {0}", e.getMessage());
    }
  }

  private void adopt(Attachment attachment) {
    try {
      pools.adopt(
          attachment.sandboxId(), attachment.addresses().stream().map(Cidr::address).toList());
    } catch (IllegalStateException e) {
      // Both keep what they have, as they did so far; nobody else gets it.
      LOG.log(System.Logger.Level.ERROR, "two sandboxes claim one address", e);
    }
    attached.put(attachment.sandboxId(), attachment);
  }

  @Override
  public NetworkStatus status() {
    List<Cidr> cidrs = pools.networks();
    List<String> warnings = new ArrayList<>(peers.problems());
    warnings.addAll(node.problems());
    warnings.addAll(firewall.warnings());
    if (cidrs.isEmpty()) {
      return new NetworkStatus(
          false,
          PROVIDER,
          "PodCIDRMissing",
          "the node has no pod network yet: none is configured, and no kubelet has named one",
          cidrs,
          warnings);
    }
    Optional<String> failure = node.failure();
    try {
      if (failure.isEmpty() && !node.bridgeRunning()) {
        checkSoon();
        failure = Optional.of("the bridge " + settings.bridge() + " is gone or down");
      }
    } catch (IOException e) {
      failure = Optional.of(e.getMessage());
    }
    return new NetworkStatus(
        failure.isEmpty(),
        PROVIDER,
        failure.isEmpty() ? "" : "BridgeNotReady",
        failure.orElse(""),
        cidrs,
        warnings);
  }

  @Override
  public synchronized void podCidrs(List<Cidr> podCidrs) throws IOException {
    NodePools next = new NodePools(podCidrs);
    if (next.networks().equals(pools.networks())) {
      // Asked for again after a failure: done is only what works.
      if (node.failure().isPresent()) {
        node.ensure(pools.gateways(), attached);
      }
      return;
    }
    peers.ownCidrs(next.networks());
    pools = next;
    attached.values().forEach(this::adopt);
    node.ensure(next.gateways(), attached);
  }

  /** The other nodes. */
  public PeerTable peers() {
    return peers;
  }

  /** What is attached now. */
  public List<Attachment> attachments() {
    return List.copyOf(attached.values());
  }

  public NodePools pools() {
    return pools;
  }

  /** The network as this node sees it now. */
  public Topology topology() {
    NodePools now = pools;
    return new Topology(
        peers.ownName(),
        node.nodeAddresses(),
        status(),
        node.uplink().name(),
        settings.bridge(),
        now.gateways(),
        node.mtu(),
        node.way(),
        now.all().stream()
            .map(p -> new Topology.Pool(p.network(), p.capacity(), p.leased(), p.inQuarantine()))
            .toList(),
        attached.values().stream()
            .sorted(
                Comparator.comparing(Attachment::podNamespace).thenComparing(Attachment::podName))
            .toList(),
        peers.all(),
        node.sysctls().stream().map(Sysctl::toString).toList());
  }

  /** Whether a link event says that a cable of ours was pulled out or cut. */
  private boolean suspicious(Link link, boolean vanished) {
    return cables
        .ownerOf(link)
        .filter(attached::containsKey)
        .filter(owner -> link.name().equals(PodLinks.nameOf(owner)))
        .filter(owner -> vanished || !link.up() || link.master() != node.bridgeIndex())
        .isPresent();
  }

  private void checkSoon() {
    soon(checkAsked, this::check);
  }

  private void filterCheckSoon() {
    soon(filterCheckAsked, this::checkFilter);
  }

  private void soon(AtomicBoolean asked, Runnable work) {
    if (asked.compareAndSet(false, true)) {
      try {
        later.schedule(work, CHECK_DELAY_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // Closed: nobody looks after the network any more.
        asked.set(false);
      }
    }
  }

  private void checkFilter() {
    filterCheckAsked.set(false);
    try {
      firewall.repair();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot repair the packet filter", e);
    }
  }

  private void check() {
    checkAsked.set(false);
    try {
      teardown.lookAgain();
      NodePools now = pools;
      if (!now.isEmpty()) {
        node.ensure(now.gateways(), attached);
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot repair the network of " + settings.bridge(), e);
    }
  }

  @Override
  public void close() {
    watch.close();
    later.shutdownNow();
    try {
      later.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
