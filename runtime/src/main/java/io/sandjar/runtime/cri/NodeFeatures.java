package io.sandjar.runtime.cri;

/**
 * What this node can do for a pod beyond the basics, as Status reports it to the kubelet.
 *
 * @param recursiveReadOnlyMounts a read-only mount's submounts become read-only too
 * @param userNamespaces pods may have a user namespace of their own
 * @param supplementalGroupsPolicy the Strict policy is honoured
 * @param userNamespacesHostNetwork a pod may have its own user namespace on the host's network
 */
public record NodeFeatures(
    boolean recursiveReadOnlyMounts,
    boolean userNamespaces,
    boolean supplementalGroupsPolicy,
    boolean userNamespacesHostNetwork) {}
