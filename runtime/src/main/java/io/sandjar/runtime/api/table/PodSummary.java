package io.sandjar.runtime.api.table;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What kubectl's pod table says of a pod: how many containers are ready, its status in a word,
 * restarts.
 */
final class PodSummary {
  private final Row row;
  private final Map<String, Object> status;
  private final List<Map<String, Object>> initStatuses;
  private final List<Map<String, Object>> statuses;
  private final List<String> sidecars;

  PodSummary(Row row) {
    this.row = row;
    this.status = row.at("status");
    this.initStatuses = Trees.objects(status, "initContainerStatuses");
    this.statuses = Trees.objects(status, "containerStatuses");
    this.sidecars =
        Trees.objects(row.at("spec"), "initContainers").stream()
            .filter(container -> "Always".equals(container.get("restartPolicy")))
            .map(container -> Trees.string(container, "name", ""))
            .toList();
  }

  String ready() {
    long total = Trees.objects(row.at("spec"), "containers").size() + (long) sidecars.size();
    long ready = counted().stream().filter(container -> Trees.flag(container, "ready")).count();
    return ready + "/" + total;
  }

  String restarts() {
    boolean initializing = initReason().isPresent();
    List<Map<String, Object>> looked = initializing ? initStatuses : counted();
    long restarts =
        looked.stream().mapToLong(c -> Trees.number(c, "restartCount").orElse(0L)).sum();
    Optional<String> last =
        looked.stream()
            .flatMap(
                c ->
                    Trees.string(Trees.object(c, "lastState", "terminated"), "finishedAt").stream())
            .max(String::compareTo);
    return restarts == 0 || last.isEmpty()
        ? Long.toString(restarts)
        : restarts + " (" + row.since(last) + " ago)";
  }

  String status() {
    String word = initReason().orElseGet(this::containersReason);
    boolean deleting = row.at("metadata").containsKey("deletionTimestamp");
    return deleting && !List.of("Succeeded", "Failed").contains(status.get("phase"))
        ? "Terminating"
        : word;
  }

  /** Containers and sidecars, which both count for READY. */
  private List<Map<String, Object>> counted() {
    var all = new ArrayList<>(statuses);
    initStatuses.stream().filter(this::isSidecar).forEach(all::add);
    return all;
  }

  private boolean isSidecar(Map<String, Object> containerStatus) {
    return sidecars.contains(Trees.string(containerStatus, "name", ""));
  }

  /** Where the initialisation stands, while it is not over. */
  private Optional<String> initReason() {
    for (int i = 0; i < initStatuses.size(); i++) {
      Map<String, Object> init = initStatuses.get(i);
      Map<String, Object> terminated = Trees.object(init, "state", "terminated");
      if (!terminated.isEmpty() && Long.valueOf(0).equals(terminated.get("exitCode"))) {
        continue;
      }
      if (isSidecar(init) && Trees.flag(init, "started")) {
        continue;
      }
      if (!terminated.isEmpty()) {
        return Optional.of("Init:" + ended(terminated));
      }
      String waiting = Trees.string(Trees.object(init, "state", "waiting"), "reason", "");
      if (!waiting.isEmpty() && !waiting.equals("PodInitializing")) {
        return Optional.of("Init:" + waiting);
      }
      return Optional.of(
          "Init:" + i + "/" + Trees.objects(row.at("spec"), "initContainers").size());
    }
    return Optional.empty();
  }

  private String containersReason() {
    String word = Trees.string(status, "reason", Trees.string(status, "phase", "Unknown"));
    boolean running = false;
    for (int i = statuses.size() - 1; i >= 0; i--) {
      Map<String, Object> container = statuses.get(i);
      Map<String, Object> terminated = Trees.object(container, "state", "terminated");
      String waiting = Trees.string(Trees.object(container, "state", "waiting"), "reason", "");
      if (!waiting.isEmpty()) {
        word = waiting;
      } else if (!terminated.isEmpty()) {
        word = ended(terminated);
      } else if (Trees.flag(container, "ready")
          && !Trees.object(container, "state", "running").isEmpty()) {
        running = true;
      }
    }
    if (word.equals("Completed") && running) {
      return isReady() ? "Running" : "NotReady";
    }
    return word;
  }

  private boolean isReady() {
    return Trees.objects(status, "conditions").stream()
        .anyMatch(c -> "Ready".equals(c.get("type")) && "True".equals(c.get("status")));
  }

  private static String ended(Map<String, Object> terminated) {
    String reason = Trees.string(terminated, "reason", "");
    if (!reason.isEmpty()) {
      return reason;
    }
    long signal = Trees.number(terminated, "signal").orElse(0L);
    return signal != 0
        ? "Signal:" + signal
        : "ExitCode:" + Trees.number(terminated, "exitCode").orElse(0L);
  }
}
