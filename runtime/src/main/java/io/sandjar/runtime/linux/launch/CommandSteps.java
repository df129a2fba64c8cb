package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.OpenFiles;
import java.util.List;

/**
 * Steps that find the command on the PATH, inside the container's root and with its user's rights,
 * and run it.
 */
final class CommandSteps {
  private static final String STEP = "exec: ";
  private static final int X_OK = 1;

  private final ProgramBuilder program;
  private final ProcessLaunch process;
  private final Data path = Data.slot("command");

  CommandSteps(ProgramBuilder program, ProcessLaunch process) {
    this.program = program;
    this.process = process;
  }

  /** Finds it. Done before seccomp, which may forbid looking around. */
  void find() {
    String name = process.args().get(0);
    if (name.indexOf('/') >= 0) {
      program.value("run " + name, text(name)).into(path);
      return;
    }
    Label found = program.label("found " + name);
    Data denied = Data.slot("permission denied somewhere");
    for (String folder : process.path().split(":", -1)) {
      tryOne((folder.isEmpty() ? "." : folder) + "/" + name, denied, found);
    }
    Label notFound = program.label("not found: " + name);
    String step = STEP + quoted(name);
    program.value(step, in(denied)).onZero(notFound);
    program.fail(step, Errno.EACCES.number());
    program.place(notFound);
    program.fail(step, Errno.ENOENT.number());
    program.place(found);
  }

  private void tryOne(String candidate, Data denied, Label found) {
    String step = "look for " + candidate;
    Label notExecutable = program.label("not executable: " + candidate);
    Label executable = program.label("executable: " + candidate);
    Label next = program.label("not " + candidate);
    Data folder = Data.slot("folder");
    program
        .call(step, Syscall.FACCESSAT, num(MountFlags.AT_FDCWD), text(candidate), num(X_OK))
        .onErrno(Errno.EACCES.number(), notExecutable)
        .onError(next);
    program
        .call(
            step,
            Syscall.OPENAT,
            num(MountFlags.AT_FDCWD),
            text(candidate),
            num(OpenFiles.O_PATH | OpenFiles.O_DIRECTORY | OpenFiles.O_CLOEXEC),
            num(0))
        .into(folder)
        .onErrno(Errno.ENOTDIR.number(), executable)
        .onError(next);
    program.call(step, Syscall.CLOSE, in(folder));
    program.place(notExecutable);
    program.value(step, num(1)).into(denied).then(next);
    program.place(executable);
    program.value(step, text(candidate)).into(path).then(found);
    program.place(next);
  }

  /** Becomes it. */
  void execute() {
    program.call(
        STEP + quoted(process.args().get(0)),
        Syscall.EXECVE,
        in(path),
        at(strings("arguments", process.args())),
        at(strings("environment", process.environment())));
  }

  private static Data strings(String name, List<String> strings) {
    Data array = Data.words(name, new long[strings.size() + 1]);
    for (int i = 0; i < strings.size(); i++) {
      array.point(i * Long.BYTES, Data.text(strings.get(i)));
    }
    return array;
  }

  private static String quoted(String name) {
    return '"' + name + '"';
  }

  static boolean isOfCommand(Instruction instruction) {
    return instruction.step().startsWith(STEP);
  }

  /** As shells and other runtimes say it. */
  static LaunchException failure(Instruction failed, int errno) {
    String name = failed.step().substring(STEP.length());
    boolean searched = failed.syscall().isEmpty();
    String reason;
    if (errno == Errno.ENOENT.number()) {
      reason =
          searched
              ? "executable file not found in $PATH"
              : "no such file or directory (the file itself, or the interpreter that it names)";
    } else if (errno == Errno.EACCES.number()) {
      reason = "permission denied";
    } else {
      reason = new Errno(errno).toString();
    }
    return new LaunchException(failed.step(), errno, STEP + name + ": " + reason, true);
  }
}
