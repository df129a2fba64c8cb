package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.cgroup.Resources;
import java.util.List;
import java.util.Map;

/**
 * What a container shall be.
 *
 * @param command replaces the image's entrypoint; empty to keep it
 * @param args replace the image's command; empty to keep it, unless {@code command} is given
 * @param workingDirectory empty for the image's
 * @param logPath below the sandbox's log directory; empty for no log
 * @param stdinOnce stdin is closed when the first client that attached to it leaves
 * @param stopSignal as {@code SIGTERM}; empty for the image's
 */
public record ContainerSpec(
    ContainerName name,
    ImageChoice image,
    List<String> command,
    List<String> args,
    String workingDirectory,
    List<EnvironmentVariable> environment,
    List<MountSpec> mounts,
    List<DeviceSpec> devices,
    Map<String, String> labels,
    Map<String, String> annotations,
    String logPath,
    boolean stdin,
    boolean stdinOnce,
    boolean tty,
    Resources resources,
    ContainerSecurity security,
    String stopSignal) {

  public ContainerSpec {
    command = List.copyOf(command);
    args = List.copyOf(args);
    environment = List.copyOf(environment);
    mounts = List.copyOf(mounts);
    devices = List.copyOf(devices);
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  public ContainerSpec withResources(Resources changed) {
    return new ContainerSpec(
        name,
        image,
        command,
        args,
        workingDirectory,
        environment,
        mounts,
        devices,
        labels,
        annotations,
        logPath,
        stdin,
        stdinOnce,
        tty,
        changed,
        security,
        stopSignal);
  }
}
