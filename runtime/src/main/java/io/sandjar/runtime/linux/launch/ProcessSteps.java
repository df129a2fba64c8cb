package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.cgroup.Join;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Steps that any launched process may need: children, cgroups, names, open files, messages. */
final class ProcessSteps {
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_SET_NAME = 15;
  private static final int SIGCHLD = 17;
  private static final int CLONE_ARGS_BYTES = 88;
  private static final long CLONE_PARENT_SETTID = 0x10_0000;
  private static final int PARENT_TID_OFFSET = 24;
  private static final int FIRST_AFTER_STDIO = 3;
  private static final long EVERY_FD = 0xffff_ffffL;
  private static final int CLOSE_RANGE_CLOEXEC = 4;
  private static final int LONGEST_NAME = 15;
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int NULL_FD = 2;

  /** What a write to cgroup.procs means by ENOSPC. */
  private static final String EMPTY_CPUSET =
      "its cpuset, which has no processors or no memory nodes,";

  private final ProgramBuilder program;

  ProcessSteps(ProgramBuilder program) {
    this.program = program;
  }

  /** What every program does first: nothing of the daemon's is kept, and no debugger is let in. */
  void begin(String name) {
    program.call("forget the program's file", Syscall.DUP3, num(NULL_FD), num(STDIN), num(0));
    program.call("forget the shared page's file", Syscall.DUP3, num(NULL_FD), num(STDOUT), num(0));
    beUndumpable();
    String shown = name.substring(0, Math.min(name.length(), LONGEST_NAME));
    program.call("be named " + shown, Syscall.PRCTL, num(PR_SET_NAME), text(shown));
    program.call("leave the daemon's umask", Syscall.UMASK, num(0));
    program.call("leave the daemon's folder", Syscall.CHDIR, text("/"));
  }

  /** A change of user, too, decides on that again, by fs.suid_dumpable. */
  void beUndumpable() {
    program.call(
        "be undumpable", Syscall.PRCTL, num(PR_SET_DUMPABLE), num(0), num(0), num(0), num(0));
  }

  /** Lets execve close everything but stdio. */
  void closeOnExec() {
    program.call(
        "close every file but stdio on exec",
        Syscall.CLOSE_RANGE,
        num(FIRST_AFTER_STDIO),
        num(EVERY_FD),
        num(CLOSE_RANGE_CLOEXEC));
  }

  /**
   * Makes a child, which goes on at the label.
   *
   * @param pid gets the child's pid in the parent, and 0 in the child, as clone3 returns
   * @param parentTid a shared slot that gets the child's pid before the child runs
   */
  void child(
      String step,
      long flags,
      Optional<Fd> cgroup,
      Data pid,
      Label child,
      Optional<Data> parentTid) {
    // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
    // set_tid, set_tid_size, cgroup. A sibling takes its exit signal from the one that clones.
    long signal = (flags & NamespaceFlags.CLONE_PARENT) == 0 ? SIGCHLD : 0;
    long all = cgroup.isPresent() ? flags | NamespaceFlags.CLONE_INTO_CGROUP : flags;
    Data args =
        Data.words(
            "clone_args",
            parentTid.isPresent() ? all | CLONE_PARENT_SETTID : all,
            0,
            0,
            0,
            signal,
            0,
            0,
            0,
            0,
            0,
            cgroup.map(Fd::number).orElse(0));
    parentTid.ifPresent(slot -> args.point(PARENT_TID_OFFSET, slot));
    cgroup.ifPresent(program::uses);
    program.call(step, Syscall.CLONE3, at(args), num(CLONE_ARGS_BYTES)).into(pid).onZero(child);
  }

  /**
   * Enters the cgroups of v1 hierarchies; the v2 one is entered by the clone itself. The files stay
   * open until all that is not kept is closed.
   */
  void joinCgroups(Optional<Join> join) {
    Data procs = Data.slot("cgroup.procs");
    Data self = Data.text("0");
    for (String path : join.map(Join::procs).orElse(List.of())) {
      String step = "join the cgroup by " + path;
      open(step, path).into(procs);
      program.call(step, Syscall.WRITE, in(procs), at(self), num(1)).within(EMPTY_CPUSET);
    }
  }

  /** Enters a cgroup of v2, by its open folder. */
  void joinUnified(Fd folder) {
    String step = "join the cgroup";
    Data procs = Data.slot("cgroup.procs");
    program
        .call(
            step,
            Syscall.OPENAT,
            file(folder),
            text("cgroup.procs"),
            num(OpenFiles.O_WRONLY | OpenFiles.O_CLOEXEC),
            num(0))
        .into(procs);
    write(step, procs, "0").within(EMPTY_CPUSET);
    program.call(step, Syscall.CLOSE, in(procs));
  }

  /** Enters namespaces, those of one process by one call. */
  void joinNamespaces(List<JoinFlag> joins) {
    List<Fd> done = new ArrayList<>();
    for (JoinFlag join : joins) {
      if (done.contains(join.of())) {
        continue;
      }
      done.add(join.of());
      long flags = 0;
      for (JoinFlag other : joins) {
        if (other.of() == join.of()) {
          flags |= other.flag();
        }
      }
      program.call("join the pod's namespaces", Syscall.SETNS, file(join.of()), num(flags));
    }
  }

  /** One namespace to enter. */
  record JoinFlag(Fd of, long flag) {}

  /** Writes to a file of /proc, before what could forbid that. */
  void writeFile(String step, String path, String content) {
    Data opened = Data.slot(path);
    open(step, path).into(opened);
    write(step, opened, content);
    program.call(step, Syscall.CLOSE, in(opened));
  }

  private Instruction open(String step, String path) {
    return program.call(
        step,
        Syscall.OPENAT,
        num(MountFlags.AT_FDCWD),
        text(path),
        num(OpenFiles.O_WRONLY | OpenFiles.O_CLOEXEC),
        num(0));
  }

  private Instruction write(String step, Data opened, String content) {
    int length = content.getBytes(StandardCharsets.UTF_8).length;
    return program.call(step, Syscall.WRITE, in(opened), text(content), num(length));
  }

  /**
   * Sets how readily the kernel kills it for memory. Lowering needs CAP_SYS_RESOURCE; without it
   * the daemon's own value is the nearest that is allowed.
   */
  void oomScoreAdj(int value) {
    String step = "set oom_score_adj to " + value;
    Label refused = program.label("oom_score_adj refused");
    Data opened = Data.slot("oom_score_adj");
    open(step, "/proc/self/oom_score_adj").into(opened);
    write(step, opened, Integer.toString(value)).onErrno(Errno.EACCES.number(), refused);
    program.place(refused);
    program.call(step, Syscall.CLOSE, in(opened));
  }

  /** A new session keyring, so that nothing of the daemon's is found in there. */
  void sessionKeyring(String id) {
    int joinSessionKeyring = 1;
    Label none = program.label("no keyring");
    // Kernels without keyrings, and seccomp filters of an outer container, refuse this.
    program
        .call(
            "join a new session keyring",
            Syscall.KEYCTL,
            num(joinSessionKeyring),
            text("_ses." + id))
        .onError(none);
    program.place(none);
  }
}
