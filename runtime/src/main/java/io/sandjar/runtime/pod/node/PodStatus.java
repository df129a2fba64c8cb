package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ContainerEnd;
import io.sandjar.runtime.pod.qos.QosClass;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.Sandbox;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Works out a pod's status from what the engine has of it, by the kubelet's rules. */
final class PodStatus {
  private final Map<String, Object> pod;
  private final Map<String, Object> before;
  private final PodState state;
  private final PodMemory memory;
  private final TerminationMessages messages;
  private final Instant now;

  PodStatus(
      Map<String, Object> pod,
      PodState state,
      PodMemory memory,
      TerminationMessages messages,
      Instant now) {
    this.pod = pod;
    this.before = Trees.object(pod, "status");
    this.state = state;
    this.memory = memory;
    this.messages = messages;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
  }

  /**
   * @param hostIps the node's addresses
   */
  Map<String, Object> tree(List<String> hostIps) {
    Map<String, Object> status = Trees.copy(before);
    List<Map<String, Object>> inits = statuses("initContainers");
    List<Map<String, Object>> mains = statuses("containers");
    List<Map<String, Object>> ephemerals = statuses("ephemeralContainers");
    String phase = phase(inits, mains);
    status.put("phase", phase);
    status.put("qosClass", QosClass.of(pod).word());
    status.putIfAbsent("startTime", now.toString());
    status.put("hostIP", hostIps.get(0));
    status.put("hostIPs", hostIps.stream().map(ip -> Map.of("ip", (Object) ip)).toList());
    addresses(status, hostIps);
    put(status, "initContainerStatuses", inits);
    put(status, "containerStatuses", mains);
    put(status, "ephemeralContainerStatuses", ephemerals);
    status.put("conditions", conditions(phase, inits, mains));
    return status;
  }

  private static void put(
      Map<String, Object> status, String field, List<Map<String, Object>> statuses) {
    if (statuses.isEmpty()) {
      status.remove(field);
    } else {
      status.put(field, statuses);
    }
  }

  private void addresses(Map<String, Object> status, List<String> hostIps) {
    boolean host = Trees.flag(Trees.object(pod, "spec"), "hostNetwork");
    List<String> ips =
        host && state.readySandbox().isPresent()
            ? hostIps
            : state.readySandbox().map(Sandbox::ips).orElse(List.of());
    if (!ips.isEmpty()) {
      status.put("podIP", ips.get(0));
      status.put("podIPs", ips.stream().map(ip -> Map.of("ip", (Object) ip)).toList());
    }
  }

  private List<Map<String, Object>> statuses(String list) {
    var statuses = new ArrayList<Map<String, Object>>();
    for (Placed placed : PodTemplate.containers(pod)) {
      if (placed.list().equals(list)) {
        statuses.add(containerStatus(placed));
      }
    }
    return statuses;
  }

  private Map<String, Object> containerStatus(Placed placed) {
    Optional<Container> latest = state.latest(placed.name());
    Optional<Waiting> waiting = memory.waiting(placed.name());
    boolean running = latest.filter(c -> c.state() == Container.State.RUNNING).isPresent();
    var status = new LinkedHashMap<String, Object>();
    status.put("name", placed.name());
    status.put("state", containerState(placed, latest, waiting));
    status.put("lastState", lastState(placed, latest, waiting));
    boolean started = running && isStarted(placed, latest.get());
    status.put("ready", isReady(placed, latest, started));
    status.put(
        "restartCount",
        latest.map(c -> (long) c.spec().name().attempt()).orElseGet(() -> restartsBefore(placed)));
    status.put("image", Trees.string(placed.container(), "image", ""));
    status.put("imageID", latest.map(c -> c.record().imageRef()).orElse(""));
    latest.ifPresent(container -> status.put("containerID", id(container)));
    status.put("started", started);
    return status;
  }

  private long restartsBefore(Placed placed) {
    return statusBefore(placed).flatMap(old -> Trees.number(old, "restartCount")).orElse(0L);
  }

  private Optional<Map<String, Object>> statusBefore(Placed placed) {
    String field =
        switch (placed.list()) {
          case "initContainers" -> "initContainerStatuses";
          case "containers" -> "containerStatuses";
          default -> "ephemeralContainerStatuses";
        };
    return Trees.objects(before, field).stream()
        .filter(old -> placed.name().equals(old.get("name")))
        .findFirst();
  }

  private boolean isStarted(Placed placed, Container container) {
    return !placed.container().containsKey("startupProbe")
        || memory.started(container.id()).orElse(false);
  }

  private boolean isReady(Placed placed, Optional<Container> latest, boolean started) {
    if (placed.list().equals("initContainers") && !placed.isSidecar()) {
      return latest
          .filter(c -> c.state() == Container.State.EXITED && Restarts.exitCode(c) == 0)
          .isPresent();
    }
    return started
        && (!placed.container().containsKey("readinessProbe")
            || memory.ready(latest.get().id()).orElse(false));
  }

  private Map<String, Object> containerState(
      Placed placed, Optional<Container> latest, Optional<Waiting> waiting) {
    if (latest.isPresent() && latest.get().state() == Container.State.RUNNING) {
      return Map.of("running", Map.of("startedAt", time(latest.get().startedAt().orElse(now))));
    }
    if (waiting.isPresent()) {
      return waiting(waiting.get());
    }
    if (latest.isPresent() && latest.get().state() == Container.State.EXITED) {
      return terminated(placed, latest.get());
    }
    // What a container of a sandbox that is gone was stays on record.
    Optional<Map<String, Object>> old =
        statusBefore(placed).map(status -> Trees.object(status, "state"));
    if (latest.isEmpty() && old.isPresent() && old.get().containsKey("terminated")) {
      return old.get();
    }
    boolean initialising =
        !Trees.objects(Trees.object(pod, "spec"), "initContainers").isEmpty()
            && placed.list().equals("containers");
    return waiting(initialising ? Waiting.INITIALIZING : Waiting.CREATING);
  }

  private Map<String, Object> lastState(
      Placed placed, Optional<Container> latest, Optional<Waiting> waiting) {
    boolean waitsAfterEnd =
        waiting.isPresent() && latest.filter(c -> c.state() == Container.State.EXITED).isPresent();
    Optional<Container> last = waitsAfterEnd ? latest : state.previous(placed.name());
    return last.filter(container -> container.end().isPresent())
        .map(container -> terminated(placed, container))
        .orElseGet(
            () ->
                statusBefore(placed)
                    .map(old -> Trees.copy(Trees.object(old, "lastState")))
                    .orElse(new LinkedHashMap<>()));
  }

  private static Map<String, Object> waiting(Waiting waiting) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("reason", waiting.reason());
    if (!waiting.message().isEmpty()) {
      tree.put("message", waiting.message());
    }
    return Map.of("waiting", tree);
  }

  private Map<String, Object> terminated(Placed placed, Container container) {
    ContainerEnd end = container.end().orElseThrow();
    var tree = new LinkedHashMap<String, Object>();
    tree.put("exitCode", (long) end.exitCode());
    tree.put("reason", end.reason());
    String message = messages.of(placed.container(), container);
    if (!message.isEmpty()) {
      tree.put("message", message);
    }
    tree.put("startedAt", time(end.startedAt().orElse(end.finishedAt())));
    tree.put("finishedAt", time(end.finishedAt()));
    tree.put("containerID", id(container));
    return Map.of("terminated", tree);
  }

  static String id(Container container) {
    return "sandjar://" + container.id();
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private String phase(List<Map<String, Object>> inits, List<Map<String, Object>> mains) {
    if (hasEnded(pod)) {
      return Trees.string(before, "phase", "");
    }
    String policy = Trees.string(Trees.object(pod, "spec"), "restartPolicy", "Always");
    int running = 0;
    for (int i = 0; i < inits.size(); i++) {
      Placed placed = PodTemplate.containers(pod).get(i);
      Map<String, Object> ended = Trees.object(inits.get(i), "state", "terminated");
      if (placed.isSidecar()) {
        // The pod has ended only when its sidecars have.
        running += Trees.object(inits.get(i), "state").containsKey("running") ? 1 : 0;
        continue;
      }
      if (!ended.isEmpty() && !Long.valueOf(0).equals(ended.get("exitCode"))) {
        return policy.equals("Never") ? "Failed" : "Pending";
      }
      if (ended.isEmpty() && !hasRun(mains)) {
        return "Pending";
      }
    }
    int failed = 0;
    int succeeded = 0;
    int waiting = 0;
    for (Map<String, Object> status : mains) {
      Map<String, Object> now = Trees.object(status, "state");
      if (now.containsKey("running")) {
        running++;
      } else if (now.containsKey("terminated")) {
        boolean success = Long.valueOf(0).equals(Trees.object(now, "terminated").get("exitCode"));
        succeeded += success ? 1 : 0;
        failed += success ? 0 : 1;
      } else if (!Trees.object(status, "lastState").isEmpty()) {
        // Between two runs.
        running++;
      } else {
        waiting++;
      }
    }
    if (waiting > 0) {
      return "Pending";
    }
    if (running > 0 || policy.equals("Always")) {
      return "Running";
    }
    if (failed == 0 && succeeded > 0) {
      return "Succeeded";
    }
    return policy.equals("Never") && failed > 0 ? "Failed" : "Running";
  }

  private static boolean hasRun(List<Map<String, Object>> mains) {
    return mains.stream()
        .anyMatch(
            status ->
                !Trees.object(status, "state").containsKey("waiting")
                    || !Trees.object(status, "lastState").isEmpty());
  }

  private List<Map<String, Object>> conditions(
      String phase, List<Map<String, Object>> inits, List<Map<String, Object>> mains) {
    boolean ended = phase.equals("Succeeded") || phase.equals("Failed");
    List<String> notInitialised = unready(inits);
    List<String> notReady = new ArrayList<>(unready(mains));
    notReady.addAll(unreadySidecars(inits));
    var list = new ArrayList<Map<String, Object>>();
    list.add(condition("PodReadyToStartContainers", state.readySandbox().isPresent(), "", ""));
    boolean initialised = phase.equals("Succeeded") || notInitialised.isEmpty() || hasRun(mains);
    list.add(
        initialised
            ? condition("Initialized", true, phase.equals("Succeeded") ? "PodCompleted" : "", "")
            : condition(
                "Initialized",
                false,
                "ContainersNotInitialized",
                "containers with incomplete status: [" + String.join(" ", notInitialised) + "]"));
    String why =
        phase.equals("Succeeded") ? "PodCompleted" : ended ? "PodFailed" : "ContainersNotReady";
    String message =
        ended ? "" : "containers with unready status: [" + String.join(" ", notReady) + "]";
    boolean containersReady = !ended && initialised && notReady.isEmpty();
    List<String> gates = closedGates();
    list.add(
        containersReady && gates.isEmpty()
            ? condition("Ready", true, "", "")
            : containersReady
                ? condition(
                    "Ready",
                    false,
                    "ReadinessGatesNotReady",
                    "corresponding condition of pod readiness gate \""
                        + gates.get(0)
                        + "\" does not exist or is not True.")
                : condition("Ready", false, why, message));
    list.add(
        containersReady
            ? condition("ContainersReady", true, "", "")
            : condition("ContainersReady", false, why, message));
    list.add(condition("PodScheduled", true, "", ""));
    // Conditions of others, such as readiness gates, stay.
    Trees.objects(before, "conditions").stream()
        .filter(old -> list.stream().noneMatch(own -> own.get("type").equals(old.get("type"))))
        .forEach(list::add);
    return list;
  }

  private List<String> closedGates() {
    return Trees.objects(Trees.object(pod, "spec"), "readinessGates").stream()
        .map(gate -> Trees.string(gate, "conditionType", ""))
        .filter(
            type ->
                Trees.objects(before, "conditions").stream()
                    .noneMatch(c -> type.equals(c.get("type")) && "True".equals(c.get("status"))))
        .toList();
  }

  private static List<String> unready(List<Map<String, Object>> statuses) {
    return statuses.stream()
        .filter(status -> !Trees.flag(status, "ready"))
        .map(status -> Trees.string(status, "name", ""))
        .toList();
  }

  private List<String> unreadySidecars(List<Map<String, Object>> inits) {
    return PodTemplate.containers(pod).stream()
        .filter(Placed::isSidecar)
        .map(Placed::name)
        .filter(name -> unready(inits).contains(name))
        .toList();
  }

  private Map<String, Object> condition(String type, boolean is, String reason, String message) {
    return condition(before, type, is, reason, message, now);
  }

  /** Whether no container of the pod will run again. */
  static boolean hasEnded(Map<String, Object> pod) {
    return List.of("Succeeded", "Failed")
        .contains(Trees.string(Trees.object(pod, "status"), "phase", ""));
  }

  /** A condition whose transition time changes only with its status. */
  static Map<String, Object> condition(
      Map<String, Object> status,
      String type,
      boolean is,
      String reason,
      String message,
      Instant now) {
    String word = is ? "True" : "False";
    String since =
        Trees.objects(status, "conditions").stream()
            .filter(old -> type.equals(old.get("type")) && Objects.equals(word, old.get("status")))
            .flatMap(old -> Trees.string(old, "lastTransitionTime").stream())
            .findFirst()
            .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
    var condition = new LinkedHashMap<String, Object>();
    condition.put("type", type);
    condition.put("status", word);
    condition.put("lastProbeTime", null);
    condition.put("lastTransitionTime", since);
    if (!reason.isEmpty()) {
      condition.put("reason", reason);
    }
    if (!message.isEmpty()) {
      condition.put("message", message);
    }
    return condition;
  }
}
