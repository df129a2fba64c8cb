package io.sandjar.runtime.cri;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cri.v1.IDMapping;
import io.sandjar.cri.v1.LinuxPodSandboxStatus;
import io.sandjar.cri.v1.Namespace;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.PodIP;
import io.sandjar.cri.v1.PodSandbox;
import io.sandjar.cri.v1.PodSandboxMetadata;
import io.sandjar.cri.v1.PodSandboxNetworkStatus;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.PodSandboxStatus;
import io.sandjar.cri.v1.UserNamespace;
import io.sandjar.runtime.sandbox.IdRange;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxName;
import io.sandjar.runtime.state.RecordJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Maps sandboxes to CRI's answers. */
final class SandboxAnswers {

  private SandboxAnswers() {}

  static PodSandbox item(Sandbox sandbox) {
    return PodSandbox.newBuilder()
        .setId(sandbox.id())
        .setMetadata(metadata(sandbox.spec().name()))
        .setState(state(sandbox))
        .setCreatedAt(Times.nanos(sandbox.record().createdAt()))
        .putAllLabels(sandbox.spec().labels())
        .putAllAnnotations(sandbox.spec().annotations())
        .setRuntimeHandler(sandbox.spec().runtimeHandler())
        .build();
  }

  static PodSandboxStatus status(Sandbox sandbox) {
    return PodSandboxStatus.newBuilder()
        .setId(sandbox.id())
        .setMetadata(metadata(sandbox.spec().name()))
        .setState(state(sandbox))
        .setCreatedAt(Times.nanos(sandbox.record().createdAt()))
        .setNetwork(network(sandbox))
        .setLinux(
            LinuxPodSandboxStatus.newBuilder()
                .setNamespaces(
                    Namespace.newBuilder().setOptions(options(sandbox.spec().namespaces()))))
        .putAllLabels(sandbox.spec().labels())
        .putAllAnnotations(sandbox.spec().annotations())
        .setRuntimeHandler(sandbox.spec().runtimeHandler())
        .build();
  }

  static PodSandboxMetadata metadata(SandboxName name) {
    return PodSandboxMetadata.newBuilder()
        .setName(name.name())
        .setNamespace(name.namespace())
        .setUid(name.uid())
        .setAttempt(name.attempt())
        .build();
  }

  static PodSandboxState state(Sandbox sandbox) {
    return sandbox.isReady() ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;
  }

  /** What a debugging operator wants to see, as one JSON document under {@code info}. */
  static Map<String, String> verbose(Sandbox sandbox) throws IOException {
    Map<String, Object> info = new LinkedHashMap<>();
    sandbox.pause().ifPresent(pause -> info.put("pid", pause.pid()));
    info.put("phase", sandbox.life().phase().name());
    info.put("files", sandbox.files().folder().toString());
    info.put("cgroup", sandbox.record().cgroupParent());
    info.put("network", sandbox.life().network());
    info.put("config", RecordJson.toTree(sandbox.spec()));
    return Map.of("info", JSON.std.asString(info));
  }

  private static PodSandboxNetworkStatus network(Sandbox sandbox) {
    List<String> ips = sandbox.ips();
    PodSandboxNetworkStatus.Builder network = PodSandboxNetworkStatus.newBuilder();
    if (!ips.isEmpty()) {
      network.setIp(ips.get(0));
      ips.stream().skip(1).forEach(ip -> network.addAdditionalIps(PodIP.newBuilder().setIp(ip)));
    }
    return network.build();
  }

  private static NamespaceOption options(PodNamespaces namespaces) {
    NamespaceOption.Builder options =
        NamespaceOption.newBuilder()
            .setNetwork(mode(namespaces.network()))
            .setPid(mode(namespaces.pid()))
            .setIpc(mode(namespaces.ipc()))
            .setTargetId(namespaces.targetId());
    namespaces
        .user()
        .ifPresent(
            user ->
                options.setUsernsOptions(
                    UserNamespace.newBuilder()
                        .setMode(io.sandjar.cri.v1.NamespaceMode.POD)
                        .addAllUids(mappings(user.uids()))
                        .addAllGids(mappings(user.gids()))));
    return options.build();
  }

  static List<IDMapping> mappings(List<IdRange> ranges) {
    return ranges.stream()
        .map(
            range ->
                IDMapping.newBuilder()
                    .setContainerId((int) range.containerId())
                    .setHostId((int) range.hostId())
                    .setLength((int) range.length())
                    .build())
        .toList();
  }

  private static io.sandjar.cri.v1.NamespaceMode mode(NamespaceMode mode) {
    return switch (mode) {
      case POD -> io.sandjar.cri.v1.NamespaceMode.POD;
      case CONTAINER -> io.sandjar.cri.v1.NamespaceMode.CONTAINER;
      case NODE -> io.sandjar.cri.v1.NamespaceMode.NODE;
      case TARGET -> io.sandjar.cri.v1.NamespaceMode.TARGET;
    };
  }
}
