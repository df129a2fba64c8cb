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
 * and run it. Where only the command is at fault they tell so, in a way that a daemon understands
 * which did not compose the program.
 */
final class CommandSteps {
  private static final int X_OK = 1;

  /** Told instead of the failed instruction's address, which is never as low. */
  private static final long NOT_FOUND = 2;

  private static final long NOT_RUN = 3;

  private final ProgramBuilder program;
  private final ProcessLaunch process;
  private final Data path = Data.slot("command");
  private final Label notFound;
  private final Label notRun;

  CommandSteps(ProgramBuilder program, ProcessLaunch process) {
    this.program = program;
    this.process = process;
    this.notFound = program.label("tell that the command was not found");
    this.notRun = program.label("tell that the command was not run");
  }

  /** Finds it. Done before seccomp, which may forbid looking around. */
  void find() {
    String name = process.command();
    if (name.indexOf('/') >= 0) {
      program.value("run " + name, text(name)).into(path);
      return;
    }
    Label found = program.label("found ", name);
    Data denied = Data.slot("permission denied somewhere");
    for (String folder : process.path().split(":", -1)) {
      tryOne((folder.isEmpty() ? "." : folder) + "/" + name, denied, found);
    }
    Label nowhere = program.label("nowhere: ", name);
    String step = step(name);
    program.value(step, in(denied)).onZero(nowhere);
    program.fail(step, Errno.EACCES.number()).onError(notFound);
    program.place(nowhere);
    program.fail(step, Errno.ENOENT.number()).onError(notFound);
    program.place(found);
  }

  private void tryOne(String candidate, Data denied, Label found) {
    String step = "look for " + candidate;
    Label notExecutable = program.label("not executable: ", candidate);
    Label executable = program.label("executable: ", candidate);
    Label next = program.label("not ", candidate);
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

  /** Becomes it. Behind this nothing but the failures' ends can follow. */
  void execute() {
    program
        .call(
            step(process.command()),
            Syscall.EXECVE,
            in(path),
            at(strings("arguments", process.args())),
            at(strings("environment", process.environment())))
        .onError(notRun);
    tell(notFound, NOT_FOUND);
    tell(notRun, NOT_RUN);
  }

  private void tell(Label failure, long what) {
    program.place(failure);
    program.value(failure.name(), num(what)).into(Data.header()).then(program.failure());
  }

  private static Data strings(String name, List<String> strings) {
    Data array = Data.words(name, new long[strings.size() + 1]);
    for (int i = 0; i < strings.size(); i++) {
      array.point(i * Long.BYTES, Data.text(strings.get(i)));
    }
    return array;
  }

  private static String step(String name) {
    return "exec: \"" + name + '"';
  }

  /** Whether it is of these steps what a program told. */
  static boolean isOfCommand(long told) {
    return told == NOT_FOUND || told == NOT_RUN;
  }

  /** As shells and other runtimes say it. */
  static LaunchException failure(String name, long told, int errno) {
    String step = step(name);
    String reason;
    if (errno == Errno.ENOENT.number()) {
      reason =
          told == NOT_FOUND
              ? "executable file not found in $PATH"
              : "no such file or directory (the file itself, or the interpreter that it names)";
    } else if (errno == Errno.EACCES.number()) {
      reason = "permission denied";
    } else {
      reason = new Errno(errno).toString();
    }
    return new LaunchException(step, errno, step + ": " + reason, true);
  }
}
