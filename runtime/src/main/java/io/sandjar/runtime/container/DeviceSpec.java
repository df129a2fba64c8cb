package io.sandjar.runtime.container;

/**
 * A device of the host that a container may use.
 *
 * @param permissions some of {@code rwm}
 */
public record DeviceSpec(String containerPath, String hostPath, String permissions) {}
