package io.sandjar.runtime.sandbox;

import io.sandjar.netbridge.PortMapping;
import io.sandjar.runtime.linux.cgroup.Resources;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod sandbox shall be.
 *
 * @param hostname empty for the host's own name
 * @param logDirectory where the pod's containers log; empty for none
 * @param cgroupParent the pod's cgroup as the kubelet names it; empty for the engine's default
 * @param resources limits of the pod as a whole, where the kubelet gives them
 */
public record SandboxSpec(
    SandboxName name,
    String runtimeHandler,
    String hostname,
    String logDirectory,
    Optional<DnsConfig> dns,
    List<PortMapping> ports,
    Map<String, String> labels,
    Map<String, String> annotations,
    String cgroupParent,
    PodNamespaces namespaces,
    SandboxSecurity security,
    Map<String, String> sysctls,
    Optional<Resources> resources,
    Optional<Resources> overhead) {

  public SandboxSpec {
    ports = List.copyOf(ports);
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    sysctls = Map.copyOf(sysctls);
  }

  public SandboxSpec withResources(Optional<Resources> overhead, Optional<Resources> resources) {
    return new SandboxSpec(
        name,
        runtimeHandler,
        hostname,
        logDirectory,
        dns,
        ports,
        labels,
        annotations,
        cgroupParent,
        namespaces,
        security,
        sysctls,
        resources,
        overhead);
  }
}
