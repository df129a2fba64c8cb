package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Keeps the Node object of this machine: what it is, what it has, whether it is ready. */
final class NodeObject {
  private final NodeFacts facts;
  private final ObjectStore store;
  private final Supplier<Optional<String>> obstacle;
  private final InstantSource clock;

  /**
   * @param obstacle why no pod can run now, if that is so
   */
  NodeObject(
      NodeFacts facts,
      ObjectStore store,
      Supplier<Optional<String>> obstacle,
      InstantSource clock) {
    this.facts = facts;
    this.store = store;
    this.obstacle = obstacle;
    this.clock = clock;
  }

  String name() {
    return facts.name();
  }

  ObjectKey key() {
    return new ObjectKey("Node", "", facts.name());
  }

  Map<String, Object> get() {
    return store.get(key());
  }

  Map<String, Quantity> allocatable() {
    var all = new LinkedHashMap<String, Quantity>();
    capacity().forEach((name, amount) -> all.put(name, Quantity.of(amount)));
    return all;
  }

  /** Makes the object, or brings its status up to date; labels that people set stay. */
  void refresh() {
    if (store.find(key()).isEmpty()) {
      store.create(
          Map.of(
              "apiVersion",
              "v1",
              "kind",
              "Node",
              "metadata",
              Map.of("name", facts.name(), "labels", labels()),
              "spec",
              Map.of()),
          Durability.DAEMON);
    }
    store.update(
        key(),
        Durability.DAEMON,
        node -> {
          Trees.objectIn(Trees.objectIn(node, "metadata"), "labels").putAll(labels());
          node.put("status", status(Trees.object(node, "status")));
          return node;
        });
  }

  private Map<String, String> labels() {
    return Map.of(
        "kubernetes.io/hostname", facts.name(),
        "kubernetes.io/os", "linux",
        "kubernetes.io/arch", NodeFacts.architecture());
  }

  private Map<String, Object> status(Map<String, Object> before) {
    var status = new LinkedHashMap<String, Object>();
    status.put("capacity", capacity());
    status.put("allocatable", capacity());
    Optional<String> why = obstacle.get();
    Map<String, Object> ready =
        PodStatus.condition(
            before,
            "Ready",
            why.isEmpty(),
            why.isEmpty() ? "KubeletReady" : "KubeletNotReady",
            why.orElse("the node is ready"),
            clock.instant());
    ready.remove("lastProbeTime");
    ready.put("lastHeartbeatTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    status.put("conditions", List.of(ready));
    status.put("addresses", addresses());
    status.put("nodeInfo", info());
    return status;
  }

  private Map<String, Object> capacity() {
    var capacity = new LinkedHashMap<String, Object>();
    capacity.put("cpu", Integer.toString(facts.processors()));
    capacity.put("memory", facts.memoryBytes() / 1024 + "Ki");
    capacity.put("ephemeral-storage", facts.diskBytes() / 1024 + "Ki");
    NodeFacts.hugepages()
        .forEach(
            (size, bytes) ->
                capacity.put("hugepages-" + size, bytes == 0 ? "0" : bytes / 1024 + "Ki"));
    capacity.put("pods", Integer.toString(facts.mostPods()));
    return capacity;
  }

  private List<Object> addresses() {
    var addresses = new ArrayList<Object>();
    facts
        .addresses()
        .forEach(address -> addresses.add(Map.of("type", "InternalIP", "address", address)));
    addresses.add(Map.of("type", "Hostname", "address", facts.name()));
    return addresses;
  }

  private Map<String, Object> info() {
    var info = new LinkedHashMap<String, Object>();
    info.put("machineID", NodeFacts.machineId());
    info.put("systemUUID", NodeFacts.machineId());
    info.put("bootID", NodeFacts.bootId());
    info.put("kernelVersion", NodeFacts.kernelVersion());
    info.put("osImage", NodeFacts.osImage());
    info.put("containerRuntimeVersion", "sandjar://" + facts.runtimeVersion());
    info.put("kubeletVersion", facts.apiVersion());
    info.put("kubeProxyVersion", "");
    info.put("operatingSystem", "linux");
    info.put("architecture", NodeFacts.architecture());
    return info;
  }
}
