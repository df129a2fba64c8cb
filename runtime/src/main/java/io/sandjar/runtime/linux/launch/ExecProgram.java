package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.num;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.cgroup.Join;
import java.util.List;
import java.util.Optional;

/**
 * Composes the program that runs a further process in a container.
 *
 * <p>It is cloned as a sibling, so that the daemon is its parent.
 */
final class ExecProgram {
  private final ProgramBuilder program = new ProgramBuilder();
  private final ProcessSteps steps = new ProcessSteps(program);
  private final ExecLaunch launch;
  private final Fd container;
  private final Fd status;
  private final CommonSteps common;
  private final Data pid = Data.sharedSlot("process");
  private final Data between = Data.sharedSlot("process between");

  /**
   * @param container a pidfd of the container's first process
   */
  ExecProgram(ExecLaunch launch, LaunchContext context, Fd container, Fd status) {
    this.launch = launch;
    this.container = container;
    this.status = status;
    this.common = new CommonSteps(program, launch.process(), launch.stdio(), context);
  }

  Data pid() {
    return pid;
  }

  /** The shared slot with the pid of a process between, which the daemon reaps; 0 for none. */
  Data between() {
    return between;
  }

  ProgramBuilder compose() {
    Label process = program.label("process");
    steps.begin("sandjar-exec");
    common.settingsOfProc();
    common.ownStdio(launch.user());
    steps.joinCgroups(launch.cgroup());
    Optional<Fd> cloneInto = launch.cgroup().flatMap(Join::cloneInto);
    boolean cgroupFirst = launch.user().isPresent() && cloneInto.isPresent();
    if (cgroupFirst) {
      enterCgroup(cloneInto);
    }
    // From inside its cgroup namespace nobody outside can be moved or cloned in: ENOENT where v2 is
    // mounted with nsdelegate, as by systemd; see cgroups(7).
    boolean cgroupNamespaceLast = cloneInto.isPresent() && !cgroupFirst;
    // One call for all of them: after some it could not reach the others.
    joinNamespaces(
        NamespaceFlags.CLONE_NEWNS
            | NamespaceFlags.CLONE_NEWPID
            | NamespaceFlags.CLONE_NEWNET
            | NamespaceFlags.CLONE_NEWUTS
            | NamespaceFlags.CLONE_NEWIPC
            | (cgroupNamespaceLast ? 0 : NamespaceFlags.CLONE_NEWCGROUP)
            | launch.user().map(user -> NamespaceFlags.CLONE_NEWUSER).orElse(0L));
    launch.user().ifPresent(user -> common.becomeMappedRoot());
    // In this process's memory, which it leaves to it: what is copied here is for execve to drop.
    steps.child(
        "clone the process",
        NamespaceFlags.CLONE_PARENT | NamespaceFlags.CLONE_VM,
        cgroupFirst ? Optional.empty() : cloneInto,
        Data.slot("child"),
        process,
        Optional.of(pid));
    program.call("leave it to the daemon", Syscall.EXIT_GROUP, num(0));
    program.place(process);
    if (cgroupNamespaceLast) {
      joinNamespaces(NamespaceFlags.CLONE_NEWCGROUP);
    }
    common.limits();
    steps.sessionKeyring(launch.id());
    common.enterSession();
    program.keepOnly(List.of(status));
    steps.closeOnExec();
    common.becomeUser();
    // Whoever could write into this memory could write into the launcher's.
    steps.beUndumpable();
    common.run();
    StatusMessages.placeFailure(program, status);
    return program;
  }

  private void joinNamespaces(long kinds) {
    program.call("join the container's namespaces", Syscall.SETNS, file(container), num(kinds));
  }

  /** By a process between, since the user namespace's root may not enter the host's cgroups. */
  private void enterCgroup(Optional<Fd> cloneInto) {
    Label inCgroup = program.label("in the cgroup");
    steps.child(
        "clone a process between",
        NamespaceFlags.CLONE_PARENT,
        cloneInto,
        Data.slot("child"),
        inCgroup,
        Optional.of(between));
    program.call("leave it to the daemon", Syscall.EXIT_GROUP, num(0));
    program.place(inCgroup);
  }
}
