package io.sandjar.runtime.pod.plan;

import io.sandjar.netbridge.PortMapping;
import io.sandjar.runtime.pod.qos.QosClass;
import io.sandjar.runtime.pod.qos.ResourceLimits;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.DnsConfig;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.ResolvConf;
import io.sandjar.runtime.sandbox.SandboxName;
import io.sandjar.runtime.sandbox.SandboxSecurity;
import io.sandjar.runtime.sandbox.SandboxSpec;
import io.sandjar.runtime.sandbox.UserNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says what sandbox a pod needs. */
public final class SandboxPlan {
  private final PodFolders folders;
  private final ResourceLimits limits;
  private final String cgroupRoot;
  private final ResolvConf resolvConf;

  /**
   * @param cgroupRoot the cgroup under which the classes and pods lie
   * @param resolvConf of the node
   */
  public SandboxPlan(
      PodFolders folders, ResourceLimits limits, String cgroupRoot, ResolvConf resolvConf) {
    this.folders = folders;
    this.limits = limits;
    this.cgroupRoot = cgroupRoot;
    this.resolvConf = resolvConf;
  }

  public SandboxSpec of(Map<String, Object> pod, int attempt, Optional<UserNamespace> user)
      throws IOException {
    Map<String, Object> metadata = Trees.object(pod, "metadata");
    Map<String, Object> spec = Trees.object(pod, "spec");
    String uid = Trees.string(metadata, "uid", "");
    var name =
        new SandboxName(
            Trees.string(metadata, "name", ""),
            Trees.string(metadata, "namespace", ""),
            uid,
            attempt);
    return new SandboxSpec(
        name,
        "",
        Trees.flag(spec, "hostNetwork") ? "" : kernelHostname(pod),
        folders.logs(pod).toString(),
        dns(spec),
        ports(pod),
        labels(metadata),
        Trees.stringMap(metadata, "annotations"),
        cgroupParent(pod, uid),
        namespaces(spec, user),
        security(pod, spec),
        sysctls(spec),
        Optional.of(limits.ofPod(pod)),
        Optional.empty());
  }

  /** The pod's host name: its own name unless the spec says another. */
  public static String hostname(Map<String, Object> pod) {
    String name = Trees.string(Trees.object(pod, "metadata"), "name", "");
    Map<String, Object> spec = Trees.object(pod, "spec");
    String hostname = Trees.string(spec, "hostname", name);
    // The kernel takes 64 bytes, DNS 63 a label.
    return hostname.length() > 63 ? hostname.substring(0, 63).replaceAll("[-.]+$", "") : hostname;
  }

  /** What the kernel's host name is: the full domain name where the pod wants that. */
  private static String kernelHostname(Map<String, Object> pod) {
    boolean full = Trees.flag(Trees.object(pod, "spec"), "setHostnameAsFQDN");
    String name = hostname(pod);
    return full ? HostsFile.fullName(pod, name).orElse(name) : name;
  }

  /** The pod's cgroup lies under its class, as the kubelet lays it. */
  private String cgroupParent(Map<String, Object> pod, String uid) {
    return switch (QosClass.of(pod)) {
      case GUARANTEED -> cgroupRoot + "/pod" + uid;
      case BURSTABLE -> cgroupRoot + "/burstable/pod" + uid;
      case BEST_EFFORT -> cgroupRoot + "/besteffort/pod" + uid;
    };
  }

  private static Map<String, String> labels(Map<String, Object> metadata) {
    var labels = new LinkedHashMap<>(Trees.stringMap(metadata, "labels"));
    labels.put(PodLabels.POD_NAME, Trees.string(metadata, "name", ""));
    labels.put(PodLabels.POD_NAMESPACE, Trees.string(metadata, "namespace", ""));
    labels.put(PodLabels.POD_UID, Trees.string(metadata, "uid", ""));
    labels.put(PodLabels.OWNER, PodLabels.OWNER_NODE);
    return labels;
  }

  private Optional<DnsConfig> dns(Map<String, Object> spec) throws IOException {
    Map<String, Object> config = Trees.object(spec, "dnsConfig");
    List<String> options =
        Trees.objects(config, "options").stream()
            .map(
                option ->
                    Trees.string(option, "name", "")
                        + Trees.string(option, "value").map(value -> ":" + value).orElse(""))
            .toList();
    var own =
        new DnsConfig(
            Trees.strings(config, "nameservers"), Trees.strings(config, "searches"), options);
    if (config.isEmpty()) {
      return Optional.empty();
    }
    // Only by the policy None it stands alone; there is no cluster whose servers could come first.
    return Optional.of(
        "None".equals(spec.get("dnsPolicy"))
            ? own
            : resolvConf.parsed(Trees.flag(spec, "hostNetwork")).with(own));
  }

  private static List<PortMapping> ports(Map<String, Object> pod) {
    if (Trees.flag(Trees.object(pod, "spec"), "hostNetwork")) {
      return List.of();
    }
    var ports = new ArrayList<PortMapping>();
    for (PodTemplate.Placed placed : PodTemplate.containers(pod)) {
      for (Map<String, Object> port : Trees.objects(placed.container(), "ports")) {
        Trees.number(port, "hostPort")
            .ifPresent(hostPort -> ports.add(PortMappings.of(port, hostPort.intValue())));
      }
    }
    return ports;
  }

  /** The namespaces that the pod shares, as its sandbox and containers see them. */
  static PodNamespaces namespaces(Map<String, Object> spec, Optional<UserNamespace> user) {
    NamespaceMode pid =
        Trees.flag(spec, "hostPID")
            ? NamespaceMode.NODE
            : Trees.flag(spec, "shareProcessNamespace")
                ? NamespaceMode.POD
                : NamespaceMode.CONTAINER;
    return new PodNamespaces(
        Trees.flag(spec, "hostNetwork") ? NamespaceMode.NODE : NamespaceMode.POD,
        pid,
        Trees.flag(spec, "hostIPC") ? NamespaceMode.NODE : NamespaceMode.POD,
        "",
        user);
  }

  private static SandboxSecurity security(Map<String, Object> pod, Map<String, Object> spec) {
    Map<String, Object> context = Trees.object(spec, "securityContext");
    boolean privileged =
        PodTemplate.containers(pod).stream()
            .anyMatch(
                placed ->
                    Trees.flag(Trees.object(placed.container(), "securityContext"), "privileged"));
    return new SandboxSecurity(
        privileged,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        false,
        false,
        Profiles.of(context, "seccompProfile"),
        Profiles.of(context, "appArmorProfile"),
        Optional.empty());
  }

  private static Map<String, String> sysctls(Map<String, Object> spec) {
    var sysctls = new LinkedHashMap<String, String>();
    for (Map<String, Object> sysctl :
        Trees.objects(Trees.object(spec, "securityContext"), "sysctls")) {
      sysctls.put(
          Trees.string(sysctl, "name", "").replace('/', '.'), Trees.string(sysctl, "value", ""));
    }
    return sysctls;
  }
}
