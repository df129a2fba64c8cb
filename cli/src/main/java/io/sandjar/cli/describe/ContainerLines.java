package io.sandjar.cli.describe;

import io.sandjar.cli.kube.KubeApi;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a description tells of each container. */
final class ContainerLines {
  private final Lines lines;
  private final Map<String, Object> pod;

  ContainerLines(Lines lines, Map<String, Object> pod) {
    this.lines = lines;
    this.pod = pod;
  }

  void write(
      String title, List<Map<String, Object>> containers, List<Map<String, Object>> statuses) {
    lines.line(0, title + ":");
    for (var container : containers) {
      var status =
          statuses.stream()
              .filter(each -> container.get("name").equals(each.get("name")))
              .findFirst();
      write(container, status);
    }
  }

  private void write(Map<String, Object> container, Optional<Map<String, Object>> status) {
    lines.line(1, container.get("name") + ":");
    status.ifPresent(
        known -> lines.field(2, "Container ID", known.getOrDefault("containerID", "")));
    lines.field(2, "Image", container.get("image"));
    status.ifPresent(known -> lines.field(2, "Image ID", known.getOrDefault("imageID", "")));
    ports(container);
    words("Command", container);
    words("Args", container);
    status.ifPresent(this::state);
    amounts("Limits", KubeApi.map(container, "resources"));
    amounts("Requests", KubeApi.map(container, "resources"));
    probe("Liveness", KubeApi.map(container, "livenessProbe"));
    probe("Readiness", KubeApi.map(container, "readinessProbe"));
    probe("Startup", KubeApi.map(container, "startupProbe"));
    environmentFrom(container);
    environment(container);
    mounts(container);
  }

  private void ports(Map<String, Object> container) {
    var ports = KubeApi.maps(container, "ports");
    var many = ports.size() > 1 ? "s" : "";
    lines.field(2, "Port" + many, joined(ports, port -> port.get("containerPort")));
    lines.field(2, "Host Port" + many, joined(ports, port -> port.getOrDefault("hostPort", 0)));
    var seccomp = KubeApi.map(KubeApi.map(container, "securityContext"), "seccompProfile");
    lines.optional(2, "SeccompProfile", seccomp.get("type"));
    lines.optional(3, "LocalhostProfile", seccomp.get("localhostProfile"));
  }

  private static String joined(
      List<Map<String, Object>> ports, Function<Map<String, Object>, Object> number) {
    return ports.isEmpty()
        ? "<none>"
        : ports.stream()
            .map(port -> number.apply(port) + "/" + port.getOrDefault("protocol", "TCP"))
            .collect(Collectors.joining(", "));
  }

  private void words(String title, Map<String, Object> container) {
    var key = title.toLowerCase(java.util.Locale.ROOT);
    if (container.get(key) instanceof List<?> words && !words.isEmpty()) {
      lines.line(2, title + ":");
      for (var word : words) {
        for (var line : word.toString().split("\n", -1)) {
          lines.line(3, line);
        }
      }
    }
  }

  private void state(Map<String, Object> status) {
    state("State", KubeApi.map(status, "state"));
    if (!KubeApi.map(KubeApi.map(status, "lastState"), "terminated").isEmpty()) {
      state("Last State", KubeApi.map(status, "lastState"));
    }
    lines.field(2, "Ready", Boolean.TRUE.equals(status.get("ready")) ? "True" : "False");
    lines.field(2, "Restart Count", status.getOrDefault("restartCount", 0));
  }

  private void state(String title, Map<String, Object> state) {
    var running = KubeApi.map(state, "running");
    var terminated = KubeApi.map(state, "terminated");
    if (state.containsKey("running")) {
      lines.field(2, title, "Running");
      lines.time(3, "Started", running.get("startedAt"));
    } else if (state.containsKey("terminated")) {
      lines.field(2, title, "Terminated");
      lines.optional(3, "Reason", terminated.get("reason"));
      lines.optional(3, "Message", terminated.get("message"));
      lines.field(3, "Exit Code", terminated.getOrDefault("exitCode", 0));
      lines.optional(3, "Signal", terminated.get("signal"));
      lines.time(3, "Started", terminated.get("startedAt"));
      lines.time(3, "Finished", terminated.get("finishedAt"));
    } else {
      lines.field(2, title, "Waiting");
      lines.optional(3, "Reason", KubeApi.map(state, "waiting").get("reason"));
    }
  }

  private void amounts(String title, Map<String, Object> resources) {
    var amounts = KubeApi.map(resources, title.toLowerCase(java.util.Locale.ROOT));
    if (!amounts.isEmpty()) {
      lines.line(2, title + ":");
      new TreeMap<>(amounts).forEach((name, amount) -> lines.field(3, name, amount));
    }
  }

  private void probe(String title, Map<String, Object> probe) {
    if (probe.isEmpty()) {
      return;
    }
    lines.field(
        2,
        title,
        action(probe)
            + " delay="
            + number(probe, "initialDelaySeconds", 0)
            + "s timeout="
            + number(probe, "timeoutSeconds", 1)
            + "s period="
            + number(probe, "periodSeconds", 10)
            + "s #success="
            + number(probe, "successThreshold", 1)
            + " #failure="
            + number(probe, "failureThreshold", 3));
  }

  private static Object number(Map<String, Object> probe, String key, int otherwise) {
    return probe.getOrDefault(key, otherwise);
  }

  private static String action(Map<String, Object> probe) {
    var http = KubeApi.map(probe, "httpGet");
    if (!http.isEmpty()) {
      var scheme =
          http.getOrDefault("scheme", "HTTP").toString().toLowerCase(java.util.Locale.ROOT);
      return "http-get "
          + scheme
          + "://"
          + http.getOrDefault("host", "")
          + ":"
          + http.get("port")
          + http.getOrDefault("path", "/");
    }
    var tcp = KubeApi.map(probe, "tcpSocket");
    if (!tcp.isEmpty()) {
      return "tcp-socket " + tcp.getOrDefault("host", "") + ":" + tcp.get("port");
    }
    var grpc = KubeApi.map(probe, "grpc");
    if (!grpc.isEmpty()) {
      return "grpc <pod>:" + grpc.get("port") + " " + grpc.getOrDefault("service", "");
    }
    var command = KubeApi.map(probe, "exec").get("command");
    return "exec ["
        + (command instanceof List<?> words
            ? words.stream().map(String::valueOf).collect(Collectors.joining(" "))
            : "")
        + "]";
  }

  private void environmentFrom(Map<String, Object> container) {
    var sources = KubeApi.maps(container, "envFrom");
    if (!sources.isEmpty()) {
      lines.line(2, "Environment Variables from:");
    }
    for (var source : sources) {
      boolean map = source.containsKey("configMapRef");
      var reference = KubeApi.map(source, map ? "configMapRef" : "secretRef");
      var prefix = source.get("prefix");
      lines.line(
          3,
          reference.get("name")
              + "\t"
              + (map ? "ConfigMap" : "Secret")
              + (prefix == null ? "" : " with prefix '" + prefix + "'")
              + "\tOptional: "
              + reference.getOrDefault("optional", false));
    }
  }

  private void environment(Map<String, Object> container) {
    var variables = KubeApi.maps(container, "env");
    if (variables.isEmpty()) {
      lines.field(2, "Environment", "<none>");
      return;
    }
    lines.line(2, "Environment:");
    for (var variable : variables) {
      var name = variable.get("name").toString();
      if (variable.containsKey("valueFrom")) {
        lines.field(3, name, source(KubeApi.map(variable, "valueFrom"), container));
        continue;
      }
      var values = variable.getOrDefault("value", "").toString().split("\n", -1);
      lines.field(3, name, values[0]);
      for (int i = 1; i < values.length; i++) {
        lines.line(3, "\t" + values[i]);
      }
    }
  }

  private String source(Map<String, Object> from, Map<String, Object> container) {
    var field = KubeApi.map(from, "fieldRef");
    if (!field.isEmpty()) {
      return " (" + field.getOrDefault("apiVersion", "v1") + ":" + field.get("fieldPath") + ")";
    }
    var resource = KubeApi.map(from, "resourceFieldRef");
    if (!resource.isEmpty()) {
      return amount(resource, container) + " (" + resource.get("resource") + ")";
    }
    boolean secret = from.containsKey("secretKeyRef");
    var key = KubeApi.map(from, secret ? "secretKeyRef" : "configMapKeyRef");
    return "<set to the key '"
        + key.get("key")
        + (secret ? "' in secret '" : "' of config map '")
        + key.get("name")
        + "'>\tOptional: "
        + key.getOrDefault("optional", false);
  }

  private static Object amount(Map<String, Object> resource, Map<String, Object> container) {
    var path = String.valueOf(resource.get("resource")).split("\\.", 2);
    return KubeApi.map(KubeApi.map(container, "resources"), path[0])
        .getOrDefault(path.length > 1 ? path[1] : "", "node allocatable");
  }

  private void mounts(Map<String, Object> container) {
    var mounts = new ArrayList<>(KubeApi.maps(container, "volumeMounts"));
    if (mounts.isEmpty()) {
      lines.field(2, "Mounts", "<none>");
      return;
    }
    lines.line(2, "Mounts:");
    mounts.sort(Comparator.comparing(mount -> mount.get("mountPath").toString()));
    for (var mount : mounts) {
      var flags = Boolean.TRUE.equals(mount.get("readOnly")) ? "ro" : "rw";
      var subPath = mount.get("subPath");
      lines.line(
          3,
          mount.get("mountPath")
              + " from "
              + mount.get("name")
              + " ("
              + flags
              + (subPath == null ? "" : ",path=\"" + subPath + "\"")
              + ")");
    }
  }
}
