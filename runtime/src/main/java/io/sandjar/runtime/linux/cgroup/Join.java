package io.sandjar.runtime.linux.cgroup;

import io.sandjar.netbridge.sys.Fd;
import java.util.List;
import java.util.Optional;

/** What a launched process needs to start in a cgroup; close it after the launch. */
public final class Join implements AutoCloseable {
  private final Optional<Fd> cloneInto;
  private final List<String> procs;
  private final Runnable launched;

  public Join(Optional<Fd> cloneInto, List<String> procs) {
    this(cloneInto, procs, () -> {});
  }

  /**
   * @param launched run when the launch is over, whether it succeeded or not
   */
  Join(Optional<Fd> cloneInto, List<String> procs, Runnable launched) {
    this.cloneInto = cloneInto;
    this.procs = List.copyOf(procs);
    this.launched = launched;
  }

  /**
   * For {@code clone3} with CLONE_INTO_CGROUP: a folder of the v2 tree. Present on v2 and on a
   * hybrid machine.
   */
  public Optional<Fd> cloneInto() {
    return cloneInto;
  }

  /**
   * {@code cgroup.procs} of each v1 hierarchy: the child writes {@code 0} into each, before it
   * unshares its cgroup namespace. By their paths, since to open nine files here, hand them over
   * and close them again takes much longer than to open them there. Empty on v2.
   */
  public List<String> procs() {
    return procs;
  }

  @Override
  public void close() {
    cloneInto.ifPresent(Fd::close);
    launched.run();
  }
}
