package io.sandjar.runtime.pod.plan;

import io.sandjar.runtime.container.ContainerName;
import io.sandjar.runtime.container.ContainerSecurity;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.container.DefaultPaths;
import io.sandjar.runtime.container.EnvironmentVariable;
import io.sandjar.runtime.container.ImageChoice;
import io.sandjar.runtime.container.MountSpec;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.env.Environment;
import io.sandjar.runtime.pod.env.Expansion;
import io.sandjar.runtime.pod.qos.ResourceLimits;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.volume.PodVolumes;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.SecurityProfile;
import io.sandjar.runtime.sandbox.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says what container of the engine a pod's container is. */
public final class ContainerPlan {
  private final PodFolders folders;
  private final ResourceLimits limits;
  private final Environment environment;
  private final PodVolumes volumes;

  public ContainerPlan(
      PodFolders folders, ResourceLimits limits, Environment environment, PodVolumes volumes) {
    this.folders = folders;
    this.limits = limits;
    this.environment = environment;
    this.volumes = volumes;
  }

  /**
   * What a container is planned for.
   *
   * @param imageId the id of the image that its name led to
   * @param heldBackSeconds how long its start was held back
   * @param targetId the engine's id of the container whose processes it sees; empty for none
   * @param addresses the pod's own
   */
  public record Occasion(
      String imageId,
      int attempt,
      long heldBackSeconds,
      String targetId,
      List<String> addresses,
      Optional<UserNamespace> user) {}

  public ContainerSpec of(Map<String, Object> pod, Placed placed, Occasion occasion)
      throws ConfigErrorException, IOException {
    Map<String, Object> container = placed.container();
    Map<String, String> variables = environment.of(pod, container);
    var mounts = new ArrayList<>(volumes.mounts(pod, container, variables));
    mounts.addAll(ownFiles(pod, placed, occasion, mounts));
    // Volumes hold the ids that containers know; images are mapped as a whole.
    occasion
        .user()
        .ifPresent(
            user ->
                mounts.replaceAll(
                    mount -> mount.image().isPresent() ? mount : mount.mappedTo(user)));
    return new ContainerSpec(
        new ContainerName(placed.name(), occasion.attempt()),
        new ImageChoice(occasion.imageId(), Trees.string(container, "image", ""), "", Map.of()),
        expanded(Trees.strings(container, "command"), variables),
        expanded(Trees.strings(container, "args"), variables),
        Trees.string(container, "workingDir", ""),
        variables.entrySet().stream()
            .map(entry -> new EnvironmentVariable(entry.getKey(), entry.getValue()))
            .toList(),
        mounts,
        List.of(),
        labels(pod, placed),
        Map.of(
            PodLabels.IMAGE,
            Trees.string(container, "image", ""),
            PodLabels.BACK_OFF_SECONDS,
            Long.toString(occasion.heldBackSeconds())),
        PodFolders.logPath(placed.name(), occasion.attempt()),
        Trees.flag(container, "stdin"),
        Trees.flag(container, "stdinOnce"),
        Trees.flag(container, "tty"),
        limits.ofContainer(pod, placed),
        security(pod, container, occasion),
        Trees.string(Trees.object(container, "lifecycle"), "stopSignal", ""));
  }

  private static List<String> expanded(List<String> words, Map<String, String> variables) {
    return words.stream().map(word -> Expansion.expand(word, variables)).toList();
  }

  private static Map<String, String> labels(Map<String, Object> pod, Placed placed) {
    Map<String, Object> metadata = Trees.object(pod, "metadata");
    var labels = new LinkedHashMap<String, String>();
    labels.put(PodLabels.CONTAINER_NAME, placed.name());
    labels.put(PodLabels.POD_NAME, Trees.string(metadata, "name", ""));
    labels.put(PodLabels.POD_NAMESPACE, Trees.string(metadata, "namespace", ""));
    labels.put(PodLabels.POD_UID, Trees.string(metadata, "uid", ""));
    labels.put(PodLabels.OWNER, PodLabels.OWNER_NODE);
    return labels;
  }

  /** The files that the node itself gives: /etc/hosts and the one for the last words. */
  private List<MountSpec> ownFiles(
      Map<String, Object> pod, Placed placed, Occasion occasion, List<MountSpec> taken)
      throws IOException {
    String uid = Trees.string(Trees.object(pod, "metadata"), "uid", "");
    var own = new ArrayList<MountSpec>();
    Map<String, Object> spec = Trees.object(pod, "spec");
    Path hosts = folders.hosts(uid);
    Files.createDirectories(hosts.getParent());
    Files.writeString(
        hosts,
        Trees.flag(spec, "hostNetwork")
            ? Files.readString(Path.of("/etc/hosts")) + HostsFile.aliases(spec)
            : HostsFile.content(pod, occasion.addresses(), SandboxPlan.hostname(pod)));
    add(own, taken, "/etc/hosts", hosts);
    Path message = folders.terminationMessage(uid, placed.name(), occasion.attempt());
    Files.createDirectories(message.getParent());
    if (!Files.exists(message)) {
      Files.createFile(message);
      // Whoever the container runs as may write it.
      Files.setPosixFilePermissions(
          message, java.nio.file.attribute.PosixFilePermissions.fromString("rw-rw-rw-"));
    }
    add(
        own,
        taken,
        Trees.string(placed.container(), "terminationMessagePath", "/dev/termination-log"),
        message);
    return own;
  }

  private static void add(List<MountSpec> own, List<MountSpec> taken, String target, Path source) {
    if (taken.stream().noneMatch(mount -> mount.containerPath().equals(target))) {
      own.add(
          new MountSpec(
              target,
              source.toString(),
              false,
              false,
              false,
              MountSpec.Propagation.PRIVATE,
              List.of(),
              List.of(),
              Optional.empty(),
              ""));
    }
  }

  private static ContainerSecurity security(
      Map<String, Object> pod, Map<String, Object> container, Occasion occasion) {
    Map<String, Object> spec = Trees.object(pod, "spec");
    Map<String, Object> ofPod = Trees.object(spec, "securityContext");
    Map<String, Object> own = Trees.object(container, "securityContext");
    var both = new LinkedHashMap<>(ofPod);
    both.putAll(own);
    boolean privileged = Trees.flag(own, "privileged");
    var groups = new ArrayList<Long>();
    if (ofPod.get("supplementalGroups") instanceof List<?> listed) {
      listed.forEach(group -> groups.add(((Number) group).longValue()));
    }
    Trees.number(ofPod, "fsGroup").ifPresent(groups::add);
    boolean unmasked = privileged || "Unmasked".equals(own.get("procMount"));
    Map<String, Object> capabilities = Trees.object(own, "capabilities");
    return new ContainerSecurity(
        privileged,
        namespaces(spec, occasion),
        Trees.number(both, "runAsUser"),
        Trees.number(both, "runAsGroup"),
        "",
        groups,
        "Strict".equals(ofPod.get("supplementalGroupsPolicy")),
        Trees.flag(own, "readOnlyRootFilesystem"),
        Boolean.FALSE.equals(own.get("allowPrivilegeEscalation")),
        Trees.strings(capabilities, "add"),
        Trees.strings(capabilities, "drop"),
        List.of(),
        unmasked ? List.of() : DefaultPaths.MASKED,
        unmasked ? List.of() : DefaultPaths.READONLY,
        privileged ? SecurityProfile.UNCONFINED : Profiles.of(both, "seccompProfile"),
        privileged ? SecurityProfile.UNCONFINED : Profiles.of(both, "appArmorProfile"),
        Optional.empty());
  }

  private static PodNamespaces namespaces(Map<String, Object> spec, Occasion occasion) {
    PodNamespaces shared = SandboxPlan.namespaces(spec, occasion.user());
    boolean joins = !occasion.targetId().isEmpty() && shared.pid() == NamespaceMode.CONTAINER;
    return joins
        ? new PodNamespaces(
            shared.network(),
            NamespaceMode.TARGET,
            shared.ipc(),
            occasion.targetId(),
            shared.user())
        : shared;
  }
}
