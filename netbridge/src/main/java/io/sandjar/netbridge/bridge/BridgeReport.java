package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.sysctl.Sysctl;
import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells how the network of a bridge is: whether it is ready, and all that it consists of. */
final class BridgeReport {
  private final BridgeSettings settings;
  private final NodePods pods;
  private final NodeState node;
  private final PeerTable peers;
  private final NodeFirewall firewall;

  BridgeReport(
      BridgeSettings settings,
      NodePods pods,
      NodeState node,
      PeerTable peers,
      NodeFirewall firewall) {
    this.settings = settings;
    this.pods = pods;
    this.node = node;
    this.peers = peers;
    this.firewall = firewall;
  }

  NetworkStatus status() {
    if (pods.pools().isEmpty()) {
      return status(
          "PodCIDRMissing",
          "the node has no pod network yet: none is configured, and no kubelet has named one");
    }
    return failure().map(why -> status("BridgeNotReady", why)).orElseGet(() -> status("", ""));
  }

  private NetworkStatus status(String reason, String message) {
    List<String> warnings = new ArrayList<>(peers.problems());
    warnings.addAll(node.problems());
    warnings.addAll(firewall.warnings());
    return new NetworkStatus(
        reason.isEmpty(),
        BridgeNetwork.PROVIDER,
        reason,
        message,
        pods.pools().networks(),
        warnings);
  }

  /** Why no pod can be attached now, if none can. */
  private Optional<String> failure() {
    Optional<String> failure = node.failure();
    try {
      if (failure.isEmpty()) {
        failure = node.hindrance();
      }
    } catch (IOException e) {
      failure = Optional.of(e.getMessage());
    }
    return failure;
  }

  Topology topology() {
    return new Topology(
        peers.ownName(),
        node.nodeAddresses(),
        status(),
        node.uplink().name(),
        settings.bridge(),
        pods.pools().gateways(),
        node.mtu(),
        node.way(),
        pods.pools().usage(),
        pods.all(),
        peers.all(),
        node.sysctls().stream().map(Sysctl::toString).toList());
  }
}
