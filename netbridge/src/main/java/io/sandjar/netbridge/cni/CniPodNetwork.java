package io.sandjar.netbridge.cni;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.namespace.BoundNamespaces;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Attaches pods by executing CNI plugins, so that Calico, Cilium and the like keep working. The
 * folder of configurations is read at each use: it may not exist yet when the node starts, and what
 * a network add-on writes there counts from that moment.
 */
public final class CniPodNetwork implements PodNetwork {
  public static final String PROVIDER = "cni";
  private static final Logger LOG = System.getLogger(CniPodNetwork.class.getName());

  /** Not {@code cni-}: so containerd calls its own, which are not ours to clean up. */
  private static final String NAMESPACES = "sandjar-cni-";

  /** The word that a kubelet's users know from other runtimes. */
  private static final String NOT_READY = "NetworkPluginNotReady";

  private final ConfigurationDirectory configurations;
  private final ResultCache cache;
  private final CniNetwork plugins;
  private final BoundNamespaces namespaces;
  private final CniTopology topology;
  private final Map<String, Attachment> attached = new ConcurrentHashMap<>();
  private volatile List<Cidr> podCidrs = List.of();

  /** Plugins run in the network namespace of the thread that calls this object. */
  public CniPodNetwork(CniSettings settings) {
    this.configurations = new ConfigurationDirectory(settings.configurations());
    this.cache = new ResultCache(settings.cache());
    this.plugins = new CniNetwork(settings.binaries(), cache, settings.timeout());
    this.namespaces = namespaces(settings);
    this.topology = new CniTopology(settings.nodeName());
  }

  private static BoundNamespaces namespaces(CniSettings settings) {
    // Every node has a cache of its own, also where several share a machine.
    String node = Integer.toHexString(settings.cache().toAbsolutePath().toString().hashCode());
    return BoundNamespaces.of(settings.namespaceFolder(), NAMESPACES + node);
  }

  /** The sandboxes that are attached by these settings, or of which something is left. */
  public static List<String> sandboxes(CniSettings settings) throws IOException {
    return namespaces(settings).owners();
  }

  /** Host ports are the plugins' duty, and they know of a conflict when they are asked to open. */
  @Override
  public void reserve(String sandboxId, AttachRequest.Pod pod, List<PortMapping> ports) {}

  @Override
  public Attachment attach(AttachRequest request) throws IOException {
    NetworkConfiguration network = configurations.load();
    String id = request.sandboxId();
    Path namespace = namespaces.bind(id, request.namespace());
    CniAttachment wanted = PodAttachment.toCni(request, namespace);
    try {
      loopbackUp(request.namespace());
      CniResult result = plugins.add(network, wanted);
      Attachment attachment =
          PodAttachment.of(request, PROVIDER, namespace, network.name(), result);
      attached.put(id, attachment);
      return attachment;
    } catch (IOException | RuntimeException e) {
      undo(network, wanted, e);
      throw e;
    }
  }

  /** The loopback plugin does no more than this, and a syscall cannot be missing. */
  private static void loopbackUp(NetworkNamespace namespace) throws IOException {
    try (Rtnl inside = Rtnl.in(namespace)) {
      inside.setLink(LinkChange.of("lo").up(true));
    }
  }

  /** What an ADD that failed has made so far is removed by a DEL, as the specification says. */
  private void undo(NetworkConfiguration network, CniAttachment wanted, Exception failure) {
    try {
      plugins.delete(network, wanted);
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
    try {
      namespaces.unbind(wanted.containerId());
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void detach(Attachment attachment) throws IOException {
    discard(attachment.sandboxId());
  }

  /** A failed DEL keeps the namespace and the result, so that it can be tried again. */
  @Override
  public void discard(String sandboxId) throws IOException {
    Path namespace = namespaces.pathOf(sandboxId);
    String netns = Files.exists(namespace) ? namespace.toString() : "";
    List<ResultCache.Entry> known = cache.ofContainer(sandboxId);
    for (ResultCache.Entry entry : known) {
      CniAttachment was = entry.attachment();
      plugins.delete(
          entry.network(),
          new CniAttachment(sandboxId, netns, was.ifName(), was.args(), was.capabilityArgs()));
    }
    if (known.isEmpty() && !netns.isEmpty()) {
      deleteUnknown(sandboxId, netns);
    }
    namespaces.unbind(sandboxId);
    attached.remove(sandboxId);
  }

  /** An ADD that was cut off left a namespace but no result: today's network is the likely one. */
  private void deleteUnknown(String sandboxId, String netns) throws IOException {
    NetworkConfiguration network;
    try {
      network = configurations.load();
    } catch (CniException e) {
      LOG.log(
          Level.WARNING,
          "what a cut-off attach of {0} left behind cannot be removed: {1}",
          sandboxId,
          e.getMessage());
      return;
    }
    plugins.delete(
        network,
        new CniAttachment(sandboxId, netns, PodAttachment.POD_INTERFACE, List.of(), Map.of()));
  }

  /**
   * Removes what sandboxes left behind that do not live. What is missing of those that live cannot
   * be put back: CNI has no word for that.
   */
  @Override
  public void reconcile(Collection<Attachment> live) throws IOException {
    live.forEach(attachment -> attached.put(attachment.sandboxId(), attachment));
    Set<String> alive = live.stream().map(Attachment::sandboxId).collect(Collectors.toSet());
    List<IOException> failures = new ArrayList<>();
    List<CniAttachment> valid = new ArrayList<>();
    for (ResultCache.Entry entry : cache.all()) {
      if (alive.contains(entry.attachment().containerId())) {
        valid.add(entry.attachment());
      } else {
        tryTo(() -> discard(entry.attachment().containerId()), failures);
      }
    }
    for (String owner : namespaces.owners()) {
      if (!alive.contains(owner)) {
        tryTo(() -> discard(owner), failures);
      }
    }
    try {
      NetworkConfiguration network = configurations.load();
      tryTo(() -> plugins.collect(network, valid), failures);
    } catch (CniException e) {
      LOG.log(Level.DEBUG, "nothing to collect: {0}", e.getMessage());
    }
    // A network that is broken or gone must not keep the node from starting.
    for (IOException failure : failures) {
      LOG.log(Level.WARNING, "the remains of a sandbox stay: {0}", failure.getMessage());
    }
  }

  private interface Removal {
    void run() throws IOException;
  }

  private static void tryTo(Removal removal, List<IOException> failures) {
    try {
      removal.run();
    } catch (IOException e) {
      failures.add(e);
    }
  }

  /** Asks every plugin whether a sandbox's part of the network is still there. */
  public void check(String sandboxId) throws IOException {
    for (ResultCache.Entry entry : cache.ofContainer(sandboxId)) {
      plugins.check(entry.network(), entry.attachment());
    }
  }

  @Override
  public Topology topology() throws IOException {
    return topology.of(status(), List.copyOf(attached.values()));
  }

  @Override
  public NetworkStatus status() {
    try {
      plugins.status(configurations.load());
      return new NetworkStatus(true, PROVIDER, "", "", podCidrs, List.of());
    } catch (CniException e) {
      return new NetworkStatus(false, PROVIDER, NOT_READY, e.getMessage(), podCidrs, List.of());
    }
  }

  /** Plugins have their own ways to learn the node's network; it is only reported. */
  @Override
  public void podCidrs(List<Cidr> cidrs) {
    podCidrs = List.copyOf(cidrs);
  }

  @Override
  public void close() {
    // Nothing of the kernel's is held between two calls.
  }
}
