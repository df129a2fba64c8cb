package io.sandjar.runtime.image;

import java.util.List;
import java.util.Map;

/**
 * What an image says about running it: the {@code config} object of an OCI image configuration.
 *
 * @param user as the image has it: {@code ""}, {@code uid}, {@code name}, {@code uid:gid} ...
 * @param stopSignal as the image has it ({@code SIGTERM}, {@code 15}), or empty
 * @param volumes absolute paths
 */
public record ImageConfig(
    List<String> entrypoint,
    List<String> cmd,
    List<String> env,
    String user,
    String workingDir,
    String stopSignal,
    List<String> volumes,
    List<String> exposedPorts,
    Map<String, String> labels) {

  public ImageConfig {
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    env = List.copyOf(env);
    volumes = List.copyOf(volumes);
    exposedPorts = List.copyOf(exposedPorts);
    labels = Map.copyOf(labels);
  }
}
