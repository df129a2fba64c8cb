package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.cgroup.Join;
import java.util.Optional;

/**
 * A further process in a running container.
 *
 * @param container whose namespaces it joins
 * @param user the user namespace that the container is in; empty for the host's
 * @param cgroup how it joins the container's cgroup; the caller closes it after the launch
 */
public record ExecLaunch(
    String id,
    Monitor container,
    ProcessLaunch process,
    Stdio stdio,
    Optional<UserNamespace> user,
    Optional<Join> cgroup) {}
