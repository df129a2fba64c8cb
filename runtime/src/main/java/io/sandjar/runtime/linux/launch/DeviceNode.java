package io.sandjar.runtime.linux.launch;

import java.nio.file.Path;

/**
 * A device of the host that a container sees.
 *
 * @param path in the container, absolute
 * @param host the host's node of it
 * @param block a block device; otherwise a character device
 * @param mode the permission bits
 */
public record DeviceNode(
    String path, Path host, boolean block, int major, int minor, int mode, int uid, int gid) {}
