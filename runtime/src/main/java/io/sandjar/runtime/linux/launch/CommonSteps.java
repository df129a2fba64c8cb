package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.Rlimit;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The steps on the way to a command that a container's first process and executed ones share. */
final class CommonSteps {
  private final ProgramBuilder program;
  private final ProcessLaunch process;
  private final ProcessSteps steps;
  private final StdioSteps stdio;
  private final IdentitySteps identity;
  private final CommandSteps command;
  private final LaunchContext context;

  CommonSteps(ProgramBuilder program, ProcessLaunch process, Stdio stdio, LaunchContext context) {
    this.program = program;
    this.process = process;
    this.context = context;
    this.steps = new ProcessSteps(program);
    this.stdio = new StdioSteps(program, stdio);
    this.identity = new IdentitySteps(program, process, context.lastCapability());
    this.command = new CommandSteps(program, process);
  }

  /** What is set through files of the host's /proc; children inherit it. */
  void settingsOfProc() {
    process.oomScoreAdj().ifPresent(steps::oomScoreAdj);
    process
        .appArmorProfile()
        .ifPresent(
            profile ->
                steps.writeFile(
                    "have execve enter the AppArmor profile " + profile,
                    "/proc/thread-self/attr/apparmor/exec",
                    "exec " + profile));
  }

  void ownStdio(Optional<UserNamespace> user) {
    stdio.own(user.map(UserNamespace::rootUid).orElse(0) + process.user().uid());
  }

  /** Enters a user namespace as its root, with all capabilities in it and none outside. */
  void becomeRootOf(UserNamespace user) {
    program.call(
        "join the user namespace",
        Syscall.SETNS,
        file(user.namespace()),
        num(NamespaceFlags.CLONE_NEWUSER));
    becomeMappedRoot();
  }

  void becomeMappedRoot() {
    program.call("leave all groups", Syscall.SETGROUPS, num(0), num(0));
    program.call("become the user namespace's gid 0", Syscall.SETRESGID, num(0), num(0), num(0));
    program.call("become the user namespace's uid 0", Syscall.SETRESUID, num(0), num(0), num(0));
  }

  void hostname(String name) {
    program.call(
        "set the hostname " + name,
        Syscall.SETHOSTNAME,
        text(name),
        num(name.getBytes(StandardCharsets.UTF_8).length));
  }

  /** Makes an attached mount the root; the old one, under it by then, is detached. */
  void pivotTo(Data root) {
    program.call("go to the new root", Syscall.FCHDIR, in(root));
    program.call("make it the root", Syscall.PIVOT_ROOT, text("."), text("."));
    program.call("detach the host's root", Syscall.UMOUNT2, text("."), num(MountFlags.MNT_DETACH));
    program.call("go to the root", Syscall.CHDIR, text("/"));
  }

  void limits() {
    Map<Rlimit, ResourceLimit> limits = new LinkedHashMap<>();
    context.limits().forEach(limit -> limits.put(limit.kind(), limit));
    process.limits().forEach(limit -> limits.put(limit.kind(), limit));
    for (ResourceLimit limit : limits.values()) {
      program.call(
          "set " + limit.kind() + " to " + limit.soft() + ":" + limit.hard(),
          Syscall.PRLIMIT64,
          num(0),
          num(limit.kind().number()),
          at(Data.words("rlimit", limit.soft(), limit.hard())),
          num(0));
    }
  }

  /** A session of its own, with its stdio. */
  void enterSession() {
    program.call("start a session", Syscall.SETSID);
    stdio.place();
  }

  /**
   * The user, in the working directory. Root may enter most folders; where he may not, as on NFS,
   * the user may.
   */
  void becomeUser() {
    String folder = process.workingDirectory();
    String step = "go to the working directory " + folder;
    Label refused = program.label("refused ", folder);
    Label entered = program.label("entered ", folder);
    Data later = Data.slot("enter it later");
    identity.dropBounding();
    program
        .call(step, Syscall.CHDIR, text(folder))
        .onErrno(Errno.EACCES.number(), refused)
        .onZero(entered)
        .then(entered);
    program.place(refused);
    program.value(step, num(1)).into(later);
    program.place(entered);
    identity.becomeUser();
    Label there = program.label("in ", folder);
    program.value(step, in(later)).onZero(there);
    program.call(step, Syscall.CHDIR, text(folder));
    program.place(there);
  }

  /** Gives up every right, for a process that runs no command. */
  void dropRights() {
    identity.dropBounding();
    identity.becomeUser();
    identity.harden();
  }

  /** Finds the command, gives up the last rights and becomes it. */
  void run() {
    command.find();
    program.call("set the umask", Syscall.UMASK, num(process.umask()));
    identity.harden();
    command.execute();
  }
}
