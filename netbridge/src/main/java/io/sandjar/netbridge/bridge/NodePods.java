package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.pool.NodePools;
import java.net.InetAddress;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The sandboxes on this node's bridge, and the networks that they have addresses of. */
final class NodePods {
  private static final System.Logger LOG = System.getLogger(NodePods.class.getName());

  private final Map<String, Attachment> attached = new ConcurrentHashMap<>();
  private final NodePools pools;

  NodePods(NodePools pools) {
    this.pools = pools;
  }

  NodePools pools() {
    return pools;
  }

  void add(Attachment attachment) {
    attached.put(attachment.sandboxId(), attachment);
  }

  void remove(String sandboxId) {
    attached.remove(sandboxId);
  }

  boolean contains(String sandboxId) {
    return attached.containsKey(sandboxId);
  }

  /** Those that are attached at this moment. */
  List<Attachment> all() {
    return List.copyOf(attached.values());
  }

  /** Exactly these are attached, whatever was thought before. */
  void reconcile(Collection<Attachment> live) {
    live.forEach(this::adopt);
    Set<String> ids = new LinkedHashSet<>(attached.keySet());
    live.forEach(attachment -> ids.remove(attachment.sandboxId()));
    for (String stale : ids) {
      attached.remove(stale);
      pools.quarantine(stale);
    }
  }

  private void adopt(Attachment attachment) {
    adoptAddresses(attachment);
    add(attachment);
  }

  private void adoptAddresses(Attachment attachment) {
    for (Cidr address : attachment.addresses()) {
      try {
        pools.adopt(attachment.sandboxId(), address.address());
      } catch (IllegalStateException e) {
        // Both keep what they have, as they did so far; nobody else gets it.
        LOG.log(System.Logger.Level.ERROR, "two claim one address: {0}", e.getMessage());
      }
    }
  }

  /**
   * Leases from these networks from now on; who has an address of an earlier one keeps it.
   *
   * @throws IllegalArgumentException if they cannot be the node's networks
   */
  void change(List<Cidr> podCidrs) {
    pools.change(podCidrs);
    // A pod that an earlier daemon attached may have an address that was in no pool so far.
    for (String id : attached.keySet()) {
      // Within the map's step, so that one who leaves meanwhile is not taken in again: he gives his
      // addresses back after he has left the map.
      attached.computeIfPresent(
          id,
          (key, attachment) -> {
            adoptAddresses(attachment);
            return attachment;
          });
    }
  }

  /**
   * The bridge's addresses: of the node's networks, and of earlier ones, since a pod keeps its
   * gateway as long as it lives.
   */
  Set<Cidr> gateways() {
    Set<Cidr> gateways = new LinkedHashSet<>(pools.gateways());
    for (Attachment attachment : attached.values()) {
      for (Cidr address : attachment.addresses()) {
        for (InetAddress gateway : attachment.gateways()) {
          if (address.contains(gateway)) {
            gateways.add(new Cidr(gateway, address.prefix()));
          }
        }
      }
    }
    return gateways;
  }
}
