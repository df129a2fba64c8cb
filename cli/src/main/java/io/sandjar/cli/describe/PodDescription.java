package io.sandjar.cli.describe;

import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.output.Ages;
import java.util.List;
import java.util.Map;

/** A pod as {@code kubectl describe} tells it. */
final class PodDescription {
  private final Lines lines;
  private final Map<String, Object> pod;
  private final Map<String, Object> metadata;
  private final Map<String, Object> spec;
  private final Map<String, Object> status;

  private PodDescription(Lines lines, Map<String, Object> pod) {
    this.lines = lines;
    this.pod = pod;
    this.metadata = KubeApi.map(pod, "metadata");
    this.spec = KubeApi.map(pod, "spec");
    this.status = KubeApi.map(pod, "status");
  }

  static void write(Lines lines, Map<String, Object> pod) {
    var description = new PodDescription(lines, pod);
    description.head();
    description.containers();
    description.rest();
  }

  private void head() {
    lines.field(0, "Name", metadata.get("name"));
    lines.field(0, "Namespace", metadata.get("namespace"));
    lines.optional(0, "Priority", spec.get("priority"));
    lines.optional(0, "Priority Class Name", spec.get("priorityClassName"));
    lines.optional(0, "Runtime Class Name", spec.get("runtimeClassName"));
    lines.optional(0, "Service Account", spec.get("serviceAccountName"));
    var node = spec.get("nodeName");
    lines.field(
        0, "Node", node == null ? "<none>" : node + "/" + status.getOrDefault("hostIP", ""));
    lines.time(0, "Start Time", status.get("startTime"));
    lines.labels(0, "Labels", KubeApi.map(metadata, "labels"));
    lines.annotations(KubeApi.map(metadata, "annotations"));
    var phase = status.getOrDefault("phase", "");
    if (metadata.containsKey("deletionTimestamp")
        && !List.of("Failed", "Succeeded").contains(phase)) {
      var lasts = Ages.since(metadata.get("deletionTimestamp"));
      lines.field(0, "Status", "Terminating (lasts " + lasts + ")");
      lines.field(0, "Termination Grace Period", metadata.get("deletionGracePeriodSeconds") + "s");
    } else {
      lines.field(0, "Status", phase);
    }
    lines.optional(0, "Reason", status.get("reason"));
    lines.optional(0, "Message", status.get("message"));
    var seccomp = KubeApi.map(KubeApi.map(spec, "securityContext"), "seccompProfile");
    lines.optional(0, "SeccompProfile", seccomp.get("type"));
    lines.optional(0, "LocalhostProfile", seccomp.get("localhostProfile"));
    lines.field(0, "IP", status.getOrDefault("podIP", ""));
    var addresses = KubeApi.maps(status, "podIPs");
    if (addresses.isEmpty()) {
      lines.field(0, "IPs", "<none>");
    } else {
      lines.line(0, "IPs:");
      addresses.forEach(address -> lines.field(1, "IP", address.get("ip")));
    }
    for (var owner : KubeApi.maps(metadata, "ownerReferences")) {
      if (Boolean.TRUE.equals(owner.get("controller"))) {
        lines.field(0, "Controlled By", owner.get("kind") + "/" + owner.get("name"));
      }
    }
  }

  private void containers() {
    var containers = new ContainerLines(lines, pod);
    var inits = KubeApi.maps(spec, "initContainers");
    if (!inits.isEmpty()) {
      containers.write("Init Containers", inits, KubeApi.maps(status, "initContainerStatuses"));
    }
    containers.write(
        "Containers", KubeApi.maps(spec, "containers"), KubeApi.maps(status, "containerStatuses"));
    var ephemeral = KubeApi.maps(spec, "ephemeralContainers");
    if (!ephemeral.isEmpty()) {
      containers.write(
          "Ephemeral Containers", ephemeral, KubeApi.maps(status, "ephemeralContainerStatuses"));
    }
  }

  private void rest() {
    conditions("Readiness Gates", KubeApi.maps(spec, "readinessGates"), "conditionType");
    conditions("Conditions", KubeApi.maps(status, "conditions"), "type");
    VolumeLines.write(lines, KubeApi.maps(spec, "volumes"));
    lines.field(0, "QoS Class", status.getOrDefault("qosClass", ""));
    lines.labels(0, "Node-Selectors", KubeApi.map(spec, "nodeSelector"));
    lines.list(
        0,
        "Tolerations",
        KubeApi.maps(spec, "tolerations").stream().map(PodDescription::toleration).toList());
  }

  private void conditions(String title, List<Map<String, Object>> conditions, String key) {
    if (conditions.isEmpty()) {
      return;
    }
    lines.line(0, title + ":");
    lines.line(1, "Type\tStatus");
    for (var condition : conditions) {
      lines.line(1, condition.get(key) + " \t" + statusOf(condition.get(key)) + " ");
    }
  }

  private Object statusOf(Object type) {
    return KubeApi.maps(status, "conditions").stream()
        .filter(condition -> type.equals(condition.get("type")))
        .map(condition -> condition.get("status"))
        .findFirst()
        .orElse("<none>");
  }

  private static String toleration(Map<String, Object> toleration) {
    var text = new StringBuilder().append(toleration.getOrDefault("key", ""));
    if (toleration.get("value") != null) {
      text.append('=').append(toleration.get("value"));
    }
    if (toleration.get("effect") != null) {
      text.append(':').append(toleration.get("effect"));
    }
    if ("Exists".equals(toleration.get("operator")) && toleration.get("value") == null) {
      text.append(text.isEmpty() ? "op=Exists" : " op=Exists");
    }
    if (toleration.get("tolerationSeconds") != null) {
      text.append(" for ").append(toleration.get("tolerationSeconds")).append('s');
    }
    return text.toString();
  }
}
