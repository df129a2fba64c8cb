package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.OpenFiles;
import java.util.Optional;

/** Steps that give a process its stdin, stdout and stderr. */
final class StdioSteps {
  private static final long TIOCGPTPEER = 0x5441;
  private static final long TIOCSCTTY = 0x540e;
  private static final int NULL_FD = 2;
  private static final int SAME_GROUP = -1;
  private static final int STREAMS = 3;

  private final ProgramBuilder program;
  private final Stdio stdio;
  private final Data slave = Data.slot("terminal");

  StdioSteps(ProgramBuilder program, Stdio stdio) {
    this.program = program;
    this.stdio = stdio;
  }

  /**
   * Gives the pipes or the terminal to the user, by the host's ids, so that he can open
   * /dev/stdout.
   */
  void own(int hostUid) {
    if (stdio instanceof Stdio.OnTerminal on) {
      program
          .call(
              "open the terminal",
              Syscall.IOCTL,
              file(on.terminal().master()),
              num(TIOCGPTPEER),
              num(OpenFiles.O_RDWR | OpenFiles.O_NOCTTY | OpenFiles.O_CLOEXEC))
          .into(slave);
      own("the terminal", in(slave), hostUid);
    } else if (stdio instanceof Stdio.Files files) {
      files.stdin().ifPresent(fd -> own("stdin", file(fd), hostUid));
      files.stdout().ifPresent(fd -> own("stdout", file(fd), hostUid));
      files.stderr().ifPresent(fd -> own("stderr", file(fd), hostUid));
    }
  }

  private void own(String what, Arg fd, int hostUid) {
    Label done = program.label("own ", what);
    // What is no pipe may be on a read-only file system, or be of a kind that has no owner.
    program
        .call(
            "give " + what + " to the user",
            Syscall.FCHOWNAT,
            fd,
            text(""),
            num(hostUid),
            num(SAME_GROUP),
            num(MountFlags.AT_EMPTY_PATH))
        .onError(done);
    program.place(done);
  }

  /** Puts them in place. A terminal becomes the controlling one of the session. */
  void place() {
    if (stdio instanceof Stdio.OnTerminal) {
      for (int number = 0; number < STREAMS; number++) {
        program.call(
            "use the terminal as fd " + number, Syscall.DUP3, in(slave), num(number), num(0));
      }
      program.call(
          "make the terminal the controlling one", Syscall.IOCTL, num(0), num(TIOCSCTTY), num(0));
    } else if (stdio instanceof Stdio.Files files) {
      place(files.stdin(), 0);
      place(files.stdout(), 1);
      place(files.stderr(), 2);
    }
  }

  private void place(Optional<Fd> fd, int number) {
    if (fd.isPresent()) {
      program.call("use it as fd " + number, Syscall.DUP3, file(fd.get()), num(number), num(0));
    } else if (number != NULL_FD) {
      program.call(
          "use /dev/null as fd " + number, Syscall.DUP3, num(NULL_FD), num(number), num(0));
    }
  }
}
