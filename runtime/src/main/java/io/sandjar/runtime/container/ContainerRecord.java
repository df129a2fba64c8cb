package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.sandbox.SandboxName;
import java.time.Instant;
import java.util.List;

/**
 * What of a container survives a reboot.
 *
 * @param cgroupParent the pod's cgroup, under which its own one lies
 * @param imageId the image's id at the time of creation
 * @param imageRef the same image by a digest that its registry knows, or else its id
 * @param user whom it runs as, as resolved in the image
 * @param environment entries as {@code NAME=value}, those of the image included
 * @param workingDirectory empty for {@code /}
 * @param stopSignal its number
 * @param logFile absolute; empty for none
 * @param views ids of the snapshots that its image volumes show
 */
public record ContainerRecord(
    String id,
    String sandboxId,
    SandboxName pod,
    ContainerSpec spec,
    Instant createdAt,
    String cgroupParent,
    String imageId,
    String imageRef,
    ProcessUser user,
    List<String> environment,
    String workingDirectory,
    int stopSignal,
    String logFile,
    List<String> views) {

  public ContainerRecord {
    if (cgroupParent.isEmpty()) {
      // Without it nobody could end its processes.
      throw new IllegalArgumentException("a container has no pod's cgroup");
    }
    if (!logFile.isEmpty() && !logFile.startsWith("/")) {
      throw new IllegalArgumentException("the log file " + logFile + " is not absolute");
    }
  }

  ContainerRecord withProcess(ProcessUser resolved, List<String> variables, String directory) {
    return new ContainerRecord(
        id,
        sandboxId,
        pod,
        spec,
        createdAt,
        cgroupParent,
        imageId,
        imageRef,
        resolved,
        variables,
        directory,
        stopSignal,
        logFile,
        views);
  }

  ContainerRecord withResources(Resources resources) {
    return new ContainerRecord(
        id,
        sandboxId,
        pod,
        spec.withResources(resources),
        createdAt,
        cgroupParent,
        imageId,
        imageRef,
        user,
        environment,
        workingDirectory,
        stopSignal,
        logFile,
        views);
  }

  /** As a log line or error names the container. */
  public String label() {
    return pod + "/" + spec.name().name();
  }
}
