package io.sandjar.runtime.image;

import io.sandjar.runtime.image.layer.UnpackLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How images are fetched and kept.
 *
 * @param root where blobs, layers and snapshots lie, on one file system that overlayfs can use
 * @param registryConfig folders of hosts.toml files; the first that names a registry counts
 * @param dockerConfig the node's own credentials; need not exist
 * @param environment for the proxy variables, and where credential helpers are found and run
 * @param pinned names or ids of images that garbage collection leaves alone
 * @param maxParallel layers fetched at the same time, over all pulls
 */
public record ImageSettings(
    Path root,
    List<Path> registryConfig,
    Path dockerConfig,
    Map<String, String> environment,
    List<String> pinned,
    int maxParallel,
    UnpackLimits limits,
    Platform platform) {

  /** Defaults for everything but the place. */
  public static ImageSettings at(Path root) {
    return new ImageSettings(
        root,
        List.of(Path.of("/etc/sandjar/certs.d"), Path.of("/etc/containerd/certs.d")),
        Path.of(System.getProperty("user.home"), ".docker", "config.json"),
        System.getenv(),
        List.of(),
        4,
        UnpackLimits.DEFAULT,
        Platform.host());
  }
}
