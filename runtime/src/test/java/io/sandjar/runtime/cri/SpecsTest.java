package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerMetadata;
import io.sandjar.cri.v1.IDMapping;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.Int64Value;
import io.sandjar.cri.v1.KeyValue;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerResources;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.LinuxSandboxSecurityContext;
import io.sandjar.cri.v1.Mount;
import io.sandjar.cri.v1.NamespaceMode;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxMetadata;
import io.sandjar.cri.v1.PortMapping;
import io.sandjar.cri.v1.Signal;
import io.sandjar.cri.v1.UserNamespace;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.sandbox.SandboxSpec;
import io.sandjar.runtime.state.RecordJson;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpecsTest {

  @Test
  void aSandboxSpecSurvivesItsStateFile() throws IOException {
    PodSandboxConfig config =
        pod()
            .setHostname("web-0")
            .addPortMappings(PortMapping.newBuilder().setContainerPort(80).setHostPort(8080))
            .addPortMappings(PortMapping.newBuilder().setContainerPort(81))
            .putLabels("a", "b")
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .putSysctls("net.ipv4.ip_forward", "1")
                    .setResources(LinuxContainerResources.newBuilder().setCpuShares(512)))
            .build();
    SandboxSpec spec = SandboxSpecs.read(config, "");
    assertEquals(1, spec.ports().size(), "a port without a host port opens none");
    assertEquals(512, spec.resources().orElseThrow().cpuShares().orElseThrow());
    assertEquals("web_default_uid-1_2", spec.name().unique());
    assertEquals(spec, RecordJson.read(SandboxSpec.class, RecordJson.bytes(spec)));
  }

  @Test
  void aContainerSpecSurvivesItsStateFile() throws IOException {
    ContainerSpec spec =
        ContainerSpecs.read(
            container()
                .addCommand("sh")
                .addEnvs(KeyValue.newBuilder().setKey("A"))
                .addMounts(Mount.newBuilder().setContainerPath("/v").setHostPath("/h"))
                .setStopSignal(Signal.SIGRTMINPLUS3)
                .setLinux(
                    security(
                        LinuxContainerSecurityContext.newBuilder()
                            .setRunAsUser(Int64Value.newBuilder().setValue(0))))
                .build());
    assertEquals("SIGRTMIN+3", spec.stopSignal());
    assertEquals(Signal.SIGRTMINPLUS3, StopSignals.write(spec.stopSignal()));
    assertEquals(Optional.of(0L), spec.security().runAsUser());
    assertEquals(List.of(), spec.security().maskedPaths());
    assertEquals(spec, RecordJson.read(ContainerSpec.class, RecordJson.bytes(spec)));
  }

  @Test
  void aContainerWithoutASecurityContextHasTheUsualPathsMasked() {
    assertTrue(
        ContainerSpecs.read(container().build()).security().maskedPaths().contains("/proc/kcore"));
  }

  @Test
  void aRefusalNamesTheField() {
    refused("config.metadata:", PodSandboxConfig.newBuilder());
    refused("config.metadata.uid:", pod().setMetadata(pod().getMetadata().toBuilder().clearUid()));
    refused("config.hostname:", pod().setHostname("no_way"));
    refused("config.log_directory:", pod().setLogDirectory("relative"));
    refused(
        "config.port_mappings[0]:",
        pod().addPortMappings(PortMapping.newBuilder().setHostPort(70000).setContainerPort(1)));
    refused(
        "config.linux.sysctls[vm.swappiness]:",
        pod().setLinux(LinuxPodSandboxConfig.newBuilder().putSysctls("vm.swappiness", "1")));
    refused(
        "config.linux.sysctls[net.core.somaxconn]:",
        pod()
            .setLinux(
                linux(NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE))
                    .putSysctls("net.core.somaxconn", "1")));
    refused(
        "config.linux.security_context.namespace_options.userns_options.uids:",
        pod()
            .setLinux(
                linux(
                    NamespaceOption.newBuilder()
                        .setUsernsOptions(UserNamespace.newBuilder().setMode(NamespaceMode.POD)))));
    refused(
        "config.linux.security_context.namespace_options.userns_options:",
        pod()
            .setLinux(
                linux(
                    NamespaceOption.newBuilder()
                        .setUsernsOptions(
                            UserNamespace.newBuilder()
                                .setMode(NamespaceMode.POD)
                                .addUids(range(65536))
                                .addGids(range(131072))))));
    assertThrows(EngineException.class, () -> SandboxSpecs.read(pod().build(), "kata"));
  }

  @Test
  void aContainersRefusalNamesTheField() {
    refused("config.metadata:", ContainerConfig.newBuilder());
    refused("config.image.image:", container().clearImage());
    refused("config.working_dir:", container().setWorkingDir("x"));
    refused("config.log_path:", container().setLogPath("../x"));
    refused("config.envs:", container().addEnvs(KeyValue.newBuilder().setKey("a=b")));
    refused("config.mounts[0].container_path:", container().addMounts(Mount.newBuilder()));
    refused(
        "config.mounts[0].recursive_read_only:",
        container()
            .addMounts(
                Mount.newBuilder()
                    .setContainerPath("/v")
                    .setHostPath("/h")
                    .setRecursiveReadOnly(true)));
    refused(
        "config.linux.security_context.run_as_group:",
        container()
            .setLinux(
                security(
                    LinuxContainerSecurityContext.newBuilder()
                        .setRunAsGroup(Int64Value.newBuilder().setValue(5)))));
    refused(
        "config.linux.security_context.namespace_options.target_id:",
        container()
            .setLinux(
                security(
                    LinuxContainerSecurityContext.newBuilder()
                        .setNamespaceOptions(
                            NamespaceOption.newBuilder().setPid(NamespaceMode.TARGET)))));
  }

  private static PodSandboxConfig.Builder pod() {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName("web")
                .setNamespace("default")
                .setUid("uid-1")
                .setAttempt(2));
  }

  private static ContainerConfig.Builder container() {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(ImageSpec.newBuilder().setImage("busybox"));
  }

  private static LinuxPodSandboxConfig.Builder linux(NamespaceOption.Builder options) {
    return LinuxPodSandboxConfig.newBuilder()
        .setSecurityContext(LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(options));
  }

  private static LinuxContainerConfig.Builder security(
      LinuxContainerSecurityContext.Builder context) {
    return LinuxContainerConfig.newBuilder().setSecurityContext(context);
  }

  private static IDMapping.Builder range(int hostId) {
    return IDMapping.newBuilder().setHostId(hostId).setLength(65536);
  }

  private static void refused(String field, PodSandboxConfig.Builder config) {
    refused(field, () -> SandboxSpecs.read(config.build(), ""));
  }

  private static void refused(String field, ContainerConfig.Builder config) {
    refused(field, () -> ContainerSpecs.read(config.build()));
  }

  private static void refused(String field, org.junit.jupiter.api.function.Executable reading) {
    EngineException refusal = assertThrows(EngineException.class, reading);
    assertEquals(EngineException.Kind.INVALID_ARGUMENT, refusal.kind());
    assertTrue(refusal.getMessage().startsWith(field), refusal.getMessage());
  }
}
