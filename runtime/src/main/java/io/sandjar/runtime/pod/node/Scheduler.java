package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.pod.qos.PodRequests;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Says whether a pod fits on the node, beside those that are on it. */
final class Scheduler {

  private Scheduler() {}

  /**
   * Why the pod cannot run here now, in the scheduler's words; empty where it can.
   *
   * @param others the pods that are bound to the node and have not ended
   */
  static Optional<String> obstacle(
      Map<String, Object> pod, Map<String, Object> node, List<Map<String, Object>> others) {
    var reasons = new LinkedHashSet<String>();
    Map<String, Object> spec = Trees.object(pod, "spec");
    Map<String, String> labels = Trees.stringMap(Trees.object(node, "metadata"), "labels");
    boolean selected =
        Trees.stringMap(spec, "nodeSelector").entrySet().stream()
            .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
    if (!selected) {
      reasons.add("node(s) didn't match Pod's node affinity/selector");
    }
    if (Trees.flag(Trees.object(node, "spec"), "unschedulable")) {
      reasons.add("node(s) were unschedulable");
    }
    if (!Trees.objects(spec, "schedulingGates").isEmpty()) {
      reasons.add("waiting for scheduling gates");
    }
    reasons.addAll(shortages(pod, node, others));
    if (takenHostPort(pod, others)) {
      reasons.add("node(s) didn't have free ports for the requested pod ports");
    }
    return reasons.isEmpty()
        ? Optional.empty()
        : Optional.of("0/1 nodes are available: 1 " + String.join(", 1 ", reasons) + ".");
  }

  private static Set<String> shortages(
      Map<String, Object> pod, Map<String, Object> node, List<Map<String, Object>> others) {
    var shortages = new LinkedHashSet<String>();
    Map<String, Object> allocatable = Trees.object(node, "status", "allocatable");
    for (String resource : requested(pod)) {
      Quantity wanted = new PodRequests(pod).request(resource);
      if (wanted.isZero()) {
        continue;
      }
      Quantity all =
          Optional.ofNullable(allocatable.get(resource)).map(Quantity::of).orElse(Quantity.ZERO);
      Quantity used = wanted;
      for (Map<String, Object> other : others) {
        used = used.plus(new PodRequests(other).request(resource));
      }
      if (used.compareTo(all) > 0) {
        shortages.add("Insufficient " + resource);
      }
    }
    Quantity most =
        Optional.ofNullable(allocatable.get("pods")).map(Quantity::of).orElse(Quantity.ZERO);
    if (others.size() + 1 > most.ceil()) {
      shortages.add("Too many pods");
    }
    return shortages;
  }

  private static Set<String> requested(Map<String, Object> pod) {
    var names = new LinkedHashSet<String>();
    PodTemplate.containers(pod)
        .forEach(
            placed ->
                names.addAll(Trees.object(placed.container(), "resources", "requests").keySet()));
    names.addAll(Trees.object(pod, "spec", "overhead").keySet());
    return names;
  }

  private static boolean takenHostPort(Map<String, Object> pod, List<Map<String, Object>> others) {
    List<HostPort> wanted = hostPorts(pod);
    return !wanted.isEmpty()
        && others.stream()
            .flatMap(other -> hostPorts(other).stream())
            .anyMatch(taken -> wanted.stream().anyMatch(taken::meets));
  }

  private record HostPort(String protocol, String ip, long port) {

    boolean meets(HostPort other) {
      boolean sameIp = ip.isEmpty() || other.ip.isEmpty() || ip.equals(other.ip);
      return port == other.port && protocol.equals(other.protocol) && sameIp;
    }
  }

  private static List<HostPort> hostPorts(Map<String, Object> pod) {
    var ports = new ArrayList<HostPort>();
    for (PodTemplate.Placed placed : PodTemplate.containers(pod)) {
      for (Map<String, Object> port : Trees.objects(placed.container(), "ports")) {
        Trees.number(port, "hostPort")
            .ifPresent(
                number ->
                    ports.add(
                        new HostPort(
                            Trees.string(port, "protocol", "TCP"),
                            Trees.string(port, "hostIP", "").replace("0.0.0.0", ""),
                            number)));
      }
    }
    return ports;
  }
}
