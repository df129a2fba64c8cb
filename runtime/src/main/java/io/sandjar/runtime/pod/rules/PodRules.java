package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of a pod that take more than one field to check. */
final class PodRules {
  private static final List<String> SAFE_SYSCTLS =
      List.of(
          "kernel.shm_rmid_forced",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.tcp_syncookies",
          "net.ipv4.ping_group_range",
          "net.ipv4.ip_unprivileged_port_start");

  private final List<Problem> problems = new ArrayList<>();

  private PodRules() {}

  static List<Problem> check(Map<String, Object> pod) {
    var rules = new PodRules();
    Map<String, Object> spec = Trees.object(pod, "spec");
    rules.names(pod);
    rules.hostPorts(pod);
    new VolumeRules(rules.problems).check(spec);
    var containerRules = new ContainerRules(spec, rules.problems);
    PodTemplate.containers(pod).forEach(containerRules::check);
    rules.security(spec);
    rules.dns(spec);
    rules.scheduling(spec);
    return rules.problems;
  }

  private void names(Map<String, Object> pod) {
    Set<String> names = new HashSet<>();
    List<String> targets = new ArrayList<>();
    for (Placed placed : PodTemplate.containers(pod)) {
      if (!placed.name().isEmpty() && !names.add(placed.name())) {
        Problem duplicate = Problem.duplicate(placed.path() + ".name", placed.name());
        if (!problems.contains(duplicate)) {
          problems.add(duplicate);
        }
      }
      if (placed.list().equals("ephemeralContainers")) {
        Trees.string(placed.container(), "targetContainerName").ifPresent(targets::add);
      }
    }
    for (String target : targets) {
      if (!names.contains(target)) {
        problems.add(
            new Problem(
                Problem.Reason.INVALID,
                "spec.ephemeralContainers",
                "Not found: \"" + target + "\": no container of that name to target"));
      }
    }
  }

  private void hostPorts(Map<String, Object> pod) {
    Set<List<Object>> taken = new HashSet<>();
    for (Placed placed : PodTemplate.containers(pod)) {
      List<Map<String, Object>> ports = Trees.objects(placed.container(), "ports");
      for (int i = 0; i < ports.size(); i++) {
        Map<String, Object> port = ports.get(i);
        Object hostPort = port.get("hostPort");
        String address = Trees.string(port, "hostIP", "");
        if (hostPort != null
            && !taken.add(List.of(Trees.string(port, "protocol", "TCP"), address, hostPort))) {
          String at = placed.path() + ".ports[" + i + "].hostPort";
          problems.add(Problem.duplicate(at, hostPort));
        }
      }
    }
  }

  private void security(Map<String, Object> spec) {
    Map<String, Object> security = Trees.object(spec, "securityContext");
    ContainerRules.profiles(security, "spec.securityContext", problems);
    List<Map<String, Object>> sysctls = Trees.objects(security, "sysctls");
    for (int i = 0; i < sysctls.size(); i++) {
      String name = Trees.string(sysctls.get(i), "name", "").replace('/', '.');
      String at = "spec.securityContext.sysctls[" + i + "].name";
      if (name.startsWith("net.") && Trees.flag(spec, "hostNetwork")) {
        problems.add(Problem.invalid(at, name, "may not be specified when 'hostNetwork' is true"));
      }
      boolean ipc =
          name.startsWith("kernel.shm")
              || name.startsWith("kernel.msg")
              || name.startsWith("kernel.sem")
              || name.startsWith("fs.mqueue.");
      if (ipc && Trees.flag(spec, "hostIPC")) {
        problems.add(Problem.invalid(at, name, "may not be specified when 'hostIPC' is true"));
      }
      if (!ipc && !name.startsWith("net.") && !SAFE_SYSCTLS.contains(name)) {
        problems.add(
            Problem.forbidden(at, "sysctl \"" + name + "\" does not belong to a pod's namespaces"));
      }
    }
    if (Trees.flag(spec, "hostPID") && Trees.flag(spec, "shareProcessNamespace")) {
      problems.add(
          Problem.invalid(
              "spec.shareProcessNamespace",
              true,
              "ShareProcessNamespace and HostPID cannot both be enabled"));
    }
    if (Boolean.FALSE.equals(spec.get("hostUsers"))) {
      for (String shared : List.of("hostNetwork", "hostPID", "hostIPC")) {
        if (Trees.flag(spec, shared)) {
          problems.add(
              Problem.forbidden(
                  "spec." + shared, "when `hostUsers` is false, " + shared + " must be false"));
        }
      }
    }
  }

  private void dns(Map<String, Object> spec) {
    boolean none = "None".equals(spec.get("dnsPolicy"));
    if (none && Trees.strings(Trees.object(spec, "dnsConfig"), "nameservers").isEmpty()) {
      problems.add(
          Problem.required(
              "spec.dnsConfig.nameservers",
              "must provide at least one DNS nameserver when `dnsPolicy` is None"));
    }
  }

  private void scheduling(Map<String, Object> spec) {
    String handler = Trees.string(spec, "runtimeClassName", "");
    if (!handler.isEmpty() && !handler.equals("sandjar")) {
      problems.add(Problem.notSupported("spec.runtimeClassName", handler, List.of("sandjar")));
    }
    Map<String, Object> affinity = Trees.object(spec, "affinity");
    affinity.forEach(
        (kind, terms) -> {
          String required = "requiredDuringSchedulingIgnoredDuringExecution";
          if (terms instanceof Map<?, ?> map && map.containsKey(required)) {
            problems.add(
                Problem.forbidden(
                    "spec.affinity." + kind + "." + required,
                    "required affinity is not supported on this node; use nodeSelector"));
          }
        });
  }
}
