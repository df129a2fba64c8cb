package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.cgroup.Join;
import java.util.List;
import java.util.Optional;

/**
 * Composes the program that holds a pod's namespaces: a process with an empty root, which does
 * nothing but reap the pod's orphans where it is pid 1.
 *
 * <p>It is cloned as a sibling, so that the daemon is its parent, and its root is empty, because a
 * container that shares its pid namespace could otherwise reach the host's by {@code /proc/1/root}.
 */
final class PauseProgram {
  private static final int SIGCHLD = 17;
  private static final long SIG_IGN = 1;
  private static final long SA_NOCLDWAIT = 2;
  private static final int SIGSET_BYTES = 8;
  private static final int GATE_BYTES = 8;

  private final ProgramBuilder program = new ProgramBuilder();
  private final ProcessSteps steps = new ProcessSteps(program);
  private final MountCalls mounts = new MountCalls(program);
  private final PauseLaunch launch;
  private final Fd gate;
  private final Fd status;
  private final CommonSteps common;
  private final Data pid = Data.sharedSlot("pause");

  /**
   * @param gate an eventfd that is written to when the user namespace's mappings are
   */
  PauseProgram(PauseLaunch launch, LaunchContext context, Fd gate, Fd status) {
    this.launch = launch;
    this.gate = gate;
    this.status = status;
    this.common = new CommonSteps(program, process(launch), Stdio.Files.none(), context);
  }

  private static ProcessLaunch process(PauseLaunch launch) {
    return new ProcessLaunch(
        List.of("pause"),
        List.of(),
        "/",
        io.sandjar.runtime.linux.ProcessUser.ROOT,
        CapabilitySets.NONE,
        true,
        launch.seccomp(),
        Optional.empty(),
        List.of(),
        launch.oomScoreAdj(),
        ProcessLaunch.USUAL_UMASK);
  }

  Data pid() {
    return pid;
  }

  ProgramBuilder compose() {
    boolean inUserNamespace = !launch.uidMappings().isEmpty();
    Label pause = program.label("pause");
    steps.begin("pause");
    common.settingsOfProc();
    steps.child(
        "clone the pause process",
        NamespaceFlags.CLONE_PARENT
            | NamespaceFlags.CLONE_NEWNS
            | flag(inUserNamespace, NamespaceFlags.CLONE_NEWUSER)
            | flag(launch.net() instanceof Namespace.Own, NamespaceFlags.CLONE_NEWNET)
            | flag(launch.uts(), NamespaceFlags.CLONE_NEWUTS)
            | flag(launch.ipc(), NamespaceFlags.CLONE_NEWIPC)
            | flag(launch.pid(), NamespaceFlags.CLONE_NEWPID),
        launch.cgroup().flatMap(Join::cloneInto),
        Data.slot("child"),
        pause,
        Optional.of(pid));
    program.call("leave it to the daemon", Syscall.EXIT_GROUP, num(0));
    program.place(pause);
    steps.joinCgroups(launch.cgroup());
    if (launch.net() instanceof Namespace.Join join) {
      steps.joinNamespaces(
          List.of(new ProcessSteps.JoinFlag(join.of(), NamespaceFlags.CLONE_NEWNET)));
    }
    if (inUserNamespace) {
      waitForMappings();
    }
    new SysctlSteps(program).write(launch.sysctls());
    launch.hostname().ifPresent(common::hostname);
    emptyRoot();
    steps.sessionKeyring(launch.id());
    program.call("start a session", Syscall.SETSID);
    program.call("keep nothing open", Syscall.DUP3, num(2), num(0), num(0));
    program.keepOnly(List.of(status));
    common.dropRights();
    StatusMessages.tellReady(program, status);
    program.call("be done with the daemon", Syscall.CLOSE, file(status));
    rest();
    StatusMessages.placeFailure(program, status);
    return program;
  }

  private static long flag(boolean wanted, long flag) {
    return wanted ? flag : 0;
  }

  /** The daemon writes them from outside, since a namespace's own process may map itself only. */
  private void waitForMappings() {
    StatusMessages.tellReady(program, status);
    program.call(
        "wait for the id mappings",
        Syscall.READ,
        file(gate),
        at(Data.room("gate opened", GATE_BYTES)),
        num(GATE_BYTES));
    common.becomeMappedRoot();
  }

  private void emptyRoot() {
    Data root = Data.slot("empty root");
    program.call(
        "make all mounts private",
        Syscall.MOUNT,
        num(0),
        text("/"),
        num(0),
        num(MountFlags.MS_REC | MountFlags.MS_PRIVATE),
        num(0));
    mounts.create(
        "make an empty root",
        "tmpfs",
        List.of(),
        MountFlags.MOUNT_ATTR_RDONLY | MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV,
        root);
    mounts.attachAt("make an empty root", root, "/");
    common.pivotTo(root);
  }

  /** Children are reaped by the kernel while SIGCHLD is ignored; see wait(2), NOTES. */
  private void rest() {
    program.call(
        "have orphans reaped",
        Syscall.RT_SIGACTION,
        num(SIGCHLD),
        at(Data.words("sigaction", SIG_IGN, SA_NOCLDWAIT, 0, 0)),
        num(0),
        num(SIGSET_BYTES));
    program.beginRest();
    Label rest = program.label("rest");
    program.place(rest);
    program
        .call("rest", Syscall.PPOLL, num(0), num(0), num(0), num(0), num(0))
        .onError(rest)
        .onZero(rest)
        .then(rest);
    program.endRest();
  }
}
