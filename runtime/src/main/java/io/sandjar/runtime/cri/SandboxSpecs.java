package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.LinuxSandboxSecurityContext;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxMetadata;
import io.sandjar.cri.v1.Protocol;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.sandbox.DnsConfig;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.SandboxName;
import io.sandjar.runtime.sandbox.SandboxSecurity;
import io.sandjar.runtime.sandbox.SandboxSpec;
import io.sandjar.runtime.sandbox.SecurityProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads and checks what a RunPodSandbox request asks for. */
final class SandboxSpecs {
  private static final String LINUX = "config.linux";
  private static final String SECURITY = LINUX + ".security_context";

  private SandboxSpecs() {}

  static SandboxSpec read(PodSandboxConfig config, String runtimeHandler) {
    RuntimeHandlers.check("runtime_handler", runtimeHandler);
    LinuxPodSandboxConfig linux = config.getLinux();
    PodNamespaces namespaces =
        SecuritySpecs.namespaces(
            SECURITY + ".namespace_options", linux.getSecurityContext().getNamespaceOptions());
    if (namespaces.pid() == NamespaceMode.TARGET) {
      throw Fields.invalid(SECURITY + ".namespace_options.pid", "a sandbox has no TARGET");
    }
    Sysctls.check(LINUX + ".sysctls", linux.getSysctlsMap(), namespaces);
    return new SandboxSpec(
        name(config),
        runtimeHandler,
        Fields.hostname("config.hostname", config.getHostname()),
        Fields.absolute("config.log_directory", config.getLogDirectory()),
        dns(config),
        ports(config),
        config.getLabelsMap(),
        config.getAnnotationsMap(),
        linux.getCgroupParent(),
        namespaces,
        security(linux.getSecurityContext()),
        linux.getSysctlsMap(),
        resources(linux.hasResources(), LINUX + ".resources", linux.getResources()),
        resources(linux.hasOverhead(), LINUX + ".overhead", linux.getOverhead()));
  }

  private static SandboxName name(PodSandboxConfig config) {
    Fields.require(config.hasMetadata(), "config.metadata");
    PodSandboxMetadata metadata = config.getMetadata();
    return new SandboxName(
        Fields.required("config.metadata.name", metadata.getName()),
        Fields.required("config.metadata.namespace", metadata.getNamespace()),
        Fields.required("config.metadata.uid", metadata.getUid()),
        metadata.getAttempt());
  }

  private static Optional<DnsConfig> dns(PodSandboxConfig config) {
    if (!config.hasDnsConfig()) {
      return Optional.empty();
    }
    var dns = config.getDnsConfig();
    for (String word :
        List.of(
            String.join("", dns.getServersList()),
            String.join("", dns.getSearchesList()),
            String.join("", dns.getOptionsList()))) {
      if (word.chars().anyMatch(Character::isISOControl)) {
        throw Fields.invalid("config.dns_config", "control characters are not allowed");
      }
    }
    return Optional.of(
        new DnsConfig(dns.getServersList(), dns.getSearchesList(), dns.getOptionsList()));
  }

  private static List<PortMapping> ports(PodSandboxConfig config) {
    List<PortMapping> ports = new ArrayList<>();
    for (int i = 0; i < config.getPortMappingsCount(); i++) {
      var mapping = config.getPortMappings(i);
      if (mapping.getHostPort() == 0) {
        continue; // Only says what the container listens on.
      }
      try {
        ports.add(
            new PortMapping(
                protocol(mapping.getProtocol()),
                mapping.getHostPort(),
                mapping.getContainerPort(),
                mapping.getHostIp()));
      } catch (IllegalArgumentException wrong) {
        throw Fields.invalid("config.port_mappings[" + i + "]", wrong.getMessage());
      }
    }
    return ports;
  }

  private static PortMapping.Protocol protocol(Protocol protocol) {
    return switch (protocol) {
      case TCP -> PortMapping.Protocol.TCP;
      case UDP -> PortMapping.Protocol.UDP;
      case SCTP -> PortMapping.Protocol.SCTP;
      case UNRECOGNIZED -> throw new IllegalArgumentException("unknown protocol");
    };
  }

  private static SandboxSecurity security(LinuxSandboxSecurityContext context) {
    if (context.hasRunAsGroup() && !context.hasRunAsUser()) {
      throw Fields.invalid(SECURITY + ".run_as_group", "needs run_as_user");
    }
    return new SandboxSecurity(
        context.getPrivileged(),
        SecuritySpecs.id(SECURITY + ".run_as_user", context.hasRunAsUser(), context.getRunAsUser()),
        SecuritySpecs.id(
            SECURITY + ".run_as_group", context.hasRunAsGroup(), context.getRunAsGroup()),
        SecuritySpecs.groups(
            SECURITY + ".supplemental_groups", context.getSupplementalGroupsList()),
        context.getSupplementalGroupsPolicy() == io.sandjar.cri.v1.SupplementalGroupsPolicy.Strict,
        context.getReadonlyRootfs(),
        SecuritySpecs.profile(
            SECURITY + ".seccomp",
            context.hasSeccomp(),
            context.getSeccomp(),
            context.getSeccompProfilePath(),
            SecurityProfile.UNCONFINED),
        SecuritySpecs.profile(
            SECURITY + ".apparmor",
            context.hasApparmor(),
            context.getApparmor(),
            "",
            SecurityProfile.RUNTIME_DEFAULT),
        SecuritySpecs.selinux(context.hasSelinuxOptions(), context.getSelinuxOptions()));
  }

  private static Optional<Resources> resources(
      boolean set, String field, io.sandjar.cri.v1.LinuxContainerResources resources) {
    return set ? Optional.of(ResourceSpecs.read(field, resources)) : Optional.empty();
  }
}
