package io.sandjar.cli.describe;

import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.output.Ages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** A node as {@code kubectl describe} tells it, with the pods that run on it. */
final class NodeDescription {
  private static final List<List<String>> SYSTEM =
      List.of(
          List.of("Machine ID", "machineID"),
          List.of("System UUID", "systemUUID"),
          List.of("Boot ID", "bootID"),
          List.of("Kernel Version", "kernelVersion"),
          List.of("OS Image", "osImage"),
          List.of("Operating System", "operatingSystem"),
          List.of("Architecture", "architecture"),
          List.of("Container Runtime Version", "containerRuntimeVersion"),
          List.of("Kubelet Version", "kubeletVersion"),
          List.of("Kube-Proxy Version", "kubeProxyVersion"));

  private NodeDescription() {}

  static void write(Lines lines, Map<String, Object> node, List<Map<String, Object>> pods) {
    var metadata = KubeApi.map(node, "metadata");
    var spec = KubeApi.map(node, "spec");
    var status = KubeApi.map(node, "status");
    lines.field(0, "Name", metadata.get("name"));
    lines.field(0, "Roles", "<none>");
    lines.labels(0, "Labels", KubeApi.map(metadata, "labels"));
    lines.annotations(KubeApi.map(metadata, "annotations"));
    lines.time(0, "CreationTimestamp", metadata.get("creationTimestamp"));
    lines.list(
        0,
        "Taints",
        KubeApi.maps(spec, "taints").stream()
            .map(
                taint ->
                    taint.get("key")
                        + "="
                        + taint.getOrDefault("value", "")
                        + ":"
                        + taint.get("effect"))
            .toList());
    lines.field(0, "Unschedulable", spec.getOrDefault("unschedulable", false));
    conditions(lines, KubeApi.maps(status, "conditions"));
    lines.line(0, "Addresses:");
    KubeApi.maps(status, "addresses")
        .forEach(address -> lines.field(1, address.get("type").toString(), address.get("address")));
    amounts(lines, "Capacity", KubeApi.map(status, "capacity"));
    amounts(lines, "Allocatable", KubeApi.map(status, "allocatable"));
    lines.line(0, "System Info:");
    var info = KubeApi.map(status, "nodeInfo");
    SYSTEM.forEach(row -> lines.field(1, row.get(0), info.getOrDefault(row.get(1), "")));
    lines.optional(0, "PodCIDR", spec.get("podCIDR"));
    if (spec.get("podCIDRs") instanceof List<?> all) {
      lines.field(0, "PodCIDRs", String.join(",", all.stream().map(String::valueOf).toList()));
    }
    pods(lines, pods, KubeApi.map(status, "allocatable"));
  }

  private static void conditions(Lines lines, List<Map<String, Object>> conditions) {
    if (conditions.isEmpty()) {
      return;
    }
    lines.line(0, "Conditions:");
    lines.line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    lines.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for (var condition : conditions) {
      lines.line(
          1,
          String.join(
              " \t",
              String.valueOf(condition.get("type")),
              String.valueOf(condition.get("status")),
              Lines.time(condition.get("lastHeartbeatTime")),
              Lines.time(condition.get("lastTransitionTime")),
              condition.getOrDefault("reason", "")
                  + " \t"
                  + condition.getOrDefault("message", "")));
    }
  }

  private static void amounts(Lines lines, String title, Map<String, Object> amounts) {
    lines.line(0, title + ":");
    new TreeMap<>(amounts).forEach((name, amount) -> lines.field(1, name, amount));
  }

  private static void pods(
      Lines lines, List<Map<String, Object>> pods, Map<String, Object> allocatable) {
    lines.field(0, "Non-terminated Pods", "(" + pods.size() + " in total)");
    lines.line(
        1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    lines.line(
        1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    for (var pod : pods) {
      var one = new ResourceSum(List.of(pod), allocatable);
      lines.line(
          1,
          String.join(
              "\t",
              KubeApi.metadata(pod, "namespace"),
              KubeApi.metadata(pod, "name") + "\t",
              one.share("requests", "cpu"),
              one.share("limits", "cpu"),
              one.share("requests", "memory"),
              one.share("limits", "memory"),
              Ages.since(KubeApi.metadata(pod, "creationTimestamp"))));
    }
    lines.line(0, "Allocated resources:");
    lines.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    lines.line(1, "Resource\tRequests\tLimits");
    lines.line(1, "--------\t--------\t------");
    var all = new ResourceSum(pods, allocatable);
    var resources = new ArrayList<>(List.of("cpu", "memory", "ephemeral-storage"));
    new TreeSet<>(allocatable.keySet())
        .stream().filter(name -> name.startsWith("hugepages-")).forEach(resources::add);
    for (var resource : resources) {
      lines.line(
          1,
          resource + "\t" + all.share("requests", resource) + "\t" + all.share("limits", resource));
    }
  }
}
