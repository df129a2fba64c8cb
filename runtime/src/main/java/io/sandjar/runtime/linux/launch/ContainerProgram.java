package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.cgroup.Join;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Composes the program that starts a container: its monitor on the host, and its first process,
 * which waits at a gate when everything but its command is done.
 *
 * <p>With a user namespace the first child keeps the host's root for what only that may do, enters
 * the user namespace, and clones the container as a sibling of itself, so that the monitor is its
 * parent: then the container's other namespaces belong to the user namespace.
 */
final class ContainerProgram {
  private static final int GATE_BYTES = 8;
  private static final int WALL = 0x4000_0000;

  private final ProgramBuilder program = new ProgramBuilder();
  private final ContainerLaunch launch;
  private final LaunchContext context;
  private final MonitorFiles files;
  private final Fd devpts;
  private final Fd status;
  private final Fd listener;
  private final ProcessSteps steps = new ProcessSteps(program);
  private final CommonSteps common;
  private final MountSteps mounts;
  private final Data pid = Data.sharedSlot("container");

  /**
   * @param devpts the container's own, mounted nowhere yet
   * @param status the writing end of the pipe that tells the daemon how it goes
   * @param listener the monitor's own; see {@link MonitorSocket}
   */
  ContainerProgram(
      ContainerLaunch launch,
      LaunchContext context,
      MonitorFiles files,
      Fd devpts,
      Fd status,
      Fd listener) {
    this.launch = launch;
    this.context = context;
    this.files = files;
    this.devpts = devpts;
    this.status = status;
    this.listener = listener;
    this.common = new CommonSteps(program, launch.process(), launch.stdio(), context);
    this.mounts = new MountSteps(program, launch, context.kernel(), context.cgroups(), devpts);
  }

  /** The shared slot with the container's pid. */
  Data pid() {
    return pid;
  }

  ProgramBuilder compose() {
    Label child = program.label("child");
    monitor(child);
    program.place(child);
    prepare();
    launch.namespaces().user().ifPresent(this::enterUserNamespace);
    attach();
    sysctlsAndHostname();
    pivot();
    become();
    StatusMessages.placeFailure(program, status);
    return program;
  }

  /** The monitor's branch: makes the container's first process and watches it. */
  private void monitor(Label child) {
    Namespaces namespaces = launch.namespaces();
    boolean alone = namespaces.user().isEmpty();
    steps.begin("sandjar-monitor");
    if (alone) {
      joinPidNamespace();
    }
    Data made = Data.slot("child");
    steps.child(
        "clone the container's first process",
        NamespaceFlags.CLONE_NEWNS | (alone ? ownNamespaces() : 0),
        launch.cgroup().flatMap(Join::cloneInto),
        made,
        child,
        alone ? Optional.of(pid) : Optional.empty());
    if (!alone) {
      Data any = Data.room("status", Long.BYTES);
      program.call("reap the child between", Syscall.WAIT4, in(made), at(any), num(WALL), num(0));
    }
    // The child entered its cgroup by a clone, or enters it itself. The monitor's own comes now,
    // when both pay for the same grace period on v1.
    context.monitors().ifPresent(this::joinMonitors);
    List<Fd> given = given();
    List<Fd> kept = new ArrayList<>(given);
    kept.add(listener);
    kept.forEach(program::uses);
    program.keepOnly(kept);
    new MonitorSteps(program, files, stdinWriter(), launch.exitFile(), listener, given).watch(pid);
  }

  /** In v2 by a write too: it has no parent that could clone it into there. */
  private void joinMonitors(Join monitors) {
    steps.joinCgroups(Optional.of(monitors));
    monitors.cloneInto().ifPresent(folder -> steps.joinUnified(folder));
  }

  /** What it gives to a later daemon, in the order of {@link MonitorRecord#numbers()}. */
  private List<Fd> given() {
    List<Fd> held = new ArrayList<>(files.all());
    held.addAll(launch.held());
    if (launch.stdio() instanceof Stdio.OnTerminal on) {
      held.add(on.terminal().master());
    }
    held.add(devpts);
    stdinWriter().ifPresent(held::add);
    return held;
  }

  private Optional<Fd> stdinWriter() {
    return launch.stdio() instanceof Stdio.Files stdio ? stdio.stdinWriter() : Optional.empty();
  }

  /** What needs the host's root, and the host's /proc and paths. */
  private void prepare() {
    common.settingsOfProc();
    steps.joinCgroups(launch.cgroup());
    if (launch.namespaces().user().isEmpty()
        && launch.namespaces().cgroup() instanceof Namespace.Own) {
      // After the cgroup: the namespace's root is where the process is now.
      program.call(
          "unshare the cgroup namespace", Syscall.UNSHARE, num(NamespaceFlags.CLONE_NEWCGROUP));
    }
    joinNamespaces();
    common.ownStdio(launch.namespaces().user());
    mounts.prepareVolumes();
    program.call(
        "make all mounts private",
        Syscall.MOUNT,
        num(0),
        text("/"),
        num(0),
        num(MountFlags.MS_REC | MountFlags.MS_PRIVATE),
        num(0));
    mounts.prepareFileSystems();
  }

  private void joinNamespaces() {
    Namespaces namespaces = launch.namespaces();
    List<ProcessSteps.JoinFlag> joins = new ArrayList<>();
    addJoin(namespaces.net(), NamespaceFlags.CLONE_NEWNET, joins);
    addJoin(namespaces.uts(), NamespaceFlags.CLONE_NEWUTS, joins);
    addJoin(namespaces.ipc(), NamespaceFlags.CLONE_NEWIPC, joins);
    addJoin(namespaces.cgroup(), NamespaceFlags.CLONE_NEWCGROUP, joins);
    steps.joinNamespaces(joins);
  }

  private static void addJoin(Namespace namespace, long flag, List<ProcessSteps.JoinFlag> joins) {
    if (namespace instanceof Namespace.Join join) {
      joins.add(new ProcessSteps.JoinFlag(join.of(), flag));
    }
  }

  private long ownNamespaces() {
    Namespaces namespaces = launch.namespaces();
    return own(namespaces.net(), NamespaceFlags.CLONE_NEWNET)
        | own(namespaces.uts(), NamespaceFlags.CLONE_NEWUTS)
        | own(namespaces.ipc(), NamespaceFlags.CLONE_NEWIPC)
        | own(namespaces.pid(), NamespaceFlags.CLONE_NEWPID);
  }

  private static long own(Namespace namespace, long flag) {
    return namespace instanceof Namespace.Own ? flag : 0;
  }

  private void enterUserNamespace(UserNamespace user) {
    Label container = program.label("container");
    common.limits();
    // Here and not in the monitor: the pid that this clone tells is the one that the host knows.
    joinPidNamespace();
    common.becomeRootOf(user);
    steps.child(
        "clone the container in its user namespace",
        NamespaceFlags.CLONE_PARENT
            | NamespaceFlags.CLONE_NEWNS
            | ownNamespaces()
            | own(launch.namespaces().cgroup(), NamespaceFlags.CLONE_NEWCGROUP),
        Optional.empty(),
        Data.slot("sibling"),
        container,
        Optional.of(pid));
    program.call("leave the container to the monitor", Syscall.EXIT_GROUP, num(0));
    program.place(container);
  }

  private void joinPidNamespace() {
    if (launch.namespaces().pid() instanceof Namespace.Join join) {
      program.call(
          "have the child join the pid namespace",
          Syscall.SETNS,
          file(join.of()),
          num(NamespaceFlags.CLONE_NEWPID));
    }
  }

  private void attach() {
    InRoot root = new InRoot(program, mounts.root());
    mounts.attachRoot();
    mounts.attachAll(root);
    HiddenPathSteps hidden = new HiddenPathSteps(program, root);
    launch.maskedPaths().forEach(hidden::mask);
    launch.readOnlyPaths().forEach(hidden::makeReadOnly);
    String folder = launch.process().workingDirectory();
    if (!folder.equals("/")) {
      root.openOrMake("find the working directory " + folder, folder, true, Data.slot("cwd"));
    }
  }

  /** Through the host's /proc, which shows this process's namespaces, and which is the real one. */
  private void sysctlsAndHostname() {
    new SysctlSteps(program).write(launch.sysctls());
    if (launch.namespaces().uts() instanceof Namespace.Own) {
      launch.hostname().ifPresent(common::hostname);
    }
  }

  /** The new root is put over the old one, which is then detached; see pivot_root(2), NOTES. */
  private void pivot() {
    common.pivotTo(mounts.root());
  }

  private void become() {
    if (launch.namespaces().user().isEmpty()) {
      common.limits();
    }
    steps.sessionKeyring(launch.id());
    common.enterSession();
    program.keepOnly(List.of(status, files.gate()));
    steps.closeOnExec();
    common.becomeUser();
    StatusMessages.tellReady(program, status);
    program.call(
        "wait at the gate",
        Syscall.READ,
        file(files.gate()),
        at(Data.room("gate opened", GATE_BYTES)),
        num(GATE_BYTES));
    common.run();
  }
}
