package io.sandjar.runtime.cri;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cri.v1.ContainerMetadata;
import io.sandjar.cri.v1.ContainerResources;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.ContainerUser;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.LinuxContainerUser;
import io.sandjar.cri.v1.Mount;
import io.sandjar.cri.v1.MountPropagation;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ContainerEnd;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.container.ImageChoice;
import io.sandjar.runtime.container.MountSpec;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.Signals;
import io.sandjar.runtime.state.RecordJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Maps containers to CRI's answers. */
final class ContainerAnswers {
  private final Images images;

  ContainerAnswers(Images images) {
    this.images = images;
  }

  io.sandjar.cri.v1.Container item(Container container) {
    ContainerSpec spec = container.spec();
    return io.sandjar.cri.v1.Container.newBuilder()
        .setId(container.id())
        .setPodSandboxId(container.sandboxId())
        .setMetadata(metadata(spec))
        .setImage(image(spec.image()))
        .setImageRef(container.record().imageId())
        .setImageId(container.record().imageId())
        .setState(state(container))
        .setCreatedAt(Times.nanos(container.record().createdAt()))
        .putAllLabels(spec.labels())
        .putAllAnnotations(spec.annotations())
        .build();
  }

  ContainerStatus status(Container container) {
    ContainerSpec spec = container.spec();
    ContainerStatus.Builder status =
        ContainerStatus.newBuilder()
            .setId(container.id())
            .setMetadata(metadata(spec))
            .setState(state(container))
            .setCreatedAt(Times.nanos(container.record().createdAt()))
            .setImage(namedImage(container))
            .setImageRef(container.record().imageRef())
            .setImageId(container.record().imageId())
            .putAllLabels(spec.labels())
            .putAllAnnotations(spec.annotations())
            .setLogPath(container.record().logFile())
            .setResources(
                ContainerResources.newBuilder().setLinux(ResourceSpecs.write(spec.resources())))
            .setUser(ContainerUser.newBuilder().setLinux(user(container.record().user())))
            .setStopSignal(StopSignals.write(Signals.name(container.record().stopSignal())));
    spec.mounts().forEach(mount -> status.addMounts(mount(mount)));
    container.startedAt().ifPresent(at -> status.setStartedAt(Times.nanos(at)));
    container.end().ifPresent(end -> describeEnd(status, end));
    return status.build();
  }

  private static void describeEnd(ContainerStatus.Builder status, ContainerEnd end) {
    status
        .setFinishedAt(Times.nanos(end.finishedAt()))
        .setExitCode(end.exitCode())
        .setReason(end.reason())
        .setMessage(end.message());
  }

  static ContainerMetadata metadata(ContainerSpec spec) {
    return ContainerMetadata.newBuilder()
        .setName(spec.name().name())
        .setAttempt(spec.name().attempt())
        .build();
  }

  static ContainerState state(Container container) {
    return switch (container.state()) {
      case CREATED -> ContainerState.CONTAINER_CREATED;
      case RUNNING -> ContainerState.CONTAINER_RUNNING;
      case EXITED -> ContainerState.CONTAINER_EXITED;
    };
  }

  /** What a debugging operator wants to see, as one JSON document under {@code info}. */
  static Map<String, String> verbose(Container container) throws IOException {
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("sandboxID", container.sandboxId());
    container
        .life()
        .monitor()
        .ifPresent(
            monitor -> {
              info.put("pid", monitor.container().pid());
              info.put("monitorPid", monitor.monitor().pid());
            });
    info.put("phase", container.phase().name());
    info.put("cgroup", container.record().cgroupParent() + '/' + container.id());
    info.put("environment", container.record().environment());
    info.put("config", RecordJson.toTree(container.spec()));
    return Map.of("info", JSON.std.asString(info));
  }

  /**
   * Without a runtime handler: images belong to none, and a kubelet that finds another one here
   * than in the list of images takes the image for unused.
   */
  private static ImageSpec.Builder image(ImageChoice choice) {
    return ImageSpec.newBuilder()
        .setImage(choice.image())
        .setUserSpecifiedImage(choice.userSpecified())
        .putAllAnnotations(choice.annotations());
  }

  /** By the name that was asked for, or any that people know, where the image still has one. */
  private ImageSpec namedImage(Container container) {
    ImageSpec.Builder spec = image(container.spec().image());
    images
        .find(container.record().imageId())
        .flatMap(image -> image.nameFor(container.spec().image().userSpecified()))
        .ifPresent(spec::setImage);
    return spec.build();
  }

  private static LinuxContainerUser user(ProcessUser user) {
    LinuxContainerUser.Builder answer =
        LinuxContainerUser.newBuilder().setUid(user.uid()).setGid(user.gid());
    user.groups().forEach(answer::addSupplementalGroups);
    return answer.build();
  }

  private static Mount mount(MountSpec mount) {
    Mount.Builder answer =
        Mount.newBuilder()
            .setContainerPath(mount.containerPath())
            .setHostPath(mount.hostPath())
            .setReadonly(mount.readonly())
            .setRecursiveReadOnly(mount.recursiveReadonly())
            .setSelinuxRelabel(mount.selinuxRelabel())
            .addAllUidMappings(SandboxAnswers.mappings(mount.uidMappings()))
            .addAllGidMappings(SandboxAnswers.mappings(mount.gidMappings()))
            .setImageSubPath(mount.subPath())
            .setPropagation(
                switch (mount.propagation()) {
                  case PRIVATE -> MountPropagation.PROPAGATION_PRIVATE;
                  case HOST_TO_CONTAINER -> MountPropagation.PROPAGATION_HOST_TO_CONTAINER;
                  case BIDIRECTIONAL -> MountPropagation.PROPAGATION_BIDIRECTIONAL;
                });
    mount.image().ifPresent(choice -> answer.setImage(image(choice)));
    return answer.build();
  }
}
