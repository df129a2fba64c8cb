package io.sandjar.runtime.linux.cgroup;

import io.sandjar.netbridge.sys.Fd;
import java.util.List;
import java.util.Optional;

/**
 * The open files with which a launched process starts in a cgroup; close it after the launch.
 *
 * @param cloneInto for {@code clone3} with CLONE_INTO_CGROUP: a folder of the v2 tree. Present on
 *     v2 and on a hybrid machine
 * @param procs {@code cgroup.procs} of each v1 hierarchy, open for writing: the child writes {@code
 *     0} into each, before it unshares its cgroup namespace. Empty on v2
 */
public record Join(Optional<Fd> cloneInto, List<Fd> procs) implements AutoCloseable {

  public Join {
    procs = List.copyOf(procs);
  }

  @Override
  public void close() {
    cloneInto.ifPresent(Fd::close);
    procs.forEach(Fd::close);
  }
}
