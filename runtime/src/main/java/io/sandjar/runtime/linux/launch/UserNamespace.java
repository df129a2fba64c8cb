package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;

/**
 * A pod's user namespace, as containers join it.
 *
 * @param namespace the file {@code /proc/PID/ns/user} of its pause process; the caller closes it
 * @param rootUid the host's uid that is root inside
 * @param rootGid the host's gid that is root inside
 */
public record UserNamespace(Fd namespace, int rootUid, int rootGid) {}
