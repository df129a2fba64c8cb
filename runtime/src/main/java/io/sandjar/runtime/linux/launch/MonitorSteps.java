package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;

import io.sandjar.netbridge.sys.Fd;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Steps of a monitor once its container exists: it waits for the container's end, writes that down,
 * and stays with the files that it holds until the daemon ends it.
 */
final class MonitorSteps {
  private static final long POLLIN = 1L << Integer.SIZE;
  private static final int POLLFD_BYTES = 8;
  private static final int EVENT_BYTES = 8;
  private static final int EXIT_FILE_FAILED = 253;

  private final ProgramBuilder program;
  private final MonitorFiles files;
  private final Optional<Fd> stdinWriter;
  private final Path exitFile;
  private final Data polls;
  private final Data containerPoll;
  private final Data event = Data.room("event", EVENT_BYTES);
  private final Data noTime = Data.words("no time", 0, 0);

  MonitorSteps(
      ProgramBuilder program, MonitorFiles files, Optional<Fd> stdinWriter, Path exitFile) {
    this.program = program;
    this.files = files;
    this.stdinWriter = stdinWriter;
    this.exitFile = exitFile;
    this.polls =
        Data.words(
            "what to wait for",
            POLLIN,
            POLLIN | files.closeStdin().number(),
            POLLIN | files.end().number());
    this.containerPoll = polls;
  }

  /**
   * @param pid the slot with the container's pid
   */
  void watch(Data pid) {
    files.all().forEach(program::uses);
    Label running = program.label("container runs");
    Label asked = program.label("asked while it runs");
    Label written = program.label("exit is written");
    Label exitFileFailed = program.label("exit file failed");
    program
        .call("open a pidfd of the container", Syscall.PIDFD_OPEN, in(pid), num(0))
        .intoInt(containerPoll);
    program.place(running);
    program
        .call(
            "wait for its end or an order",
            Syscall.PPOLL,
            at(polls),
            num(3),
            num(0),
            num(0),
            num(0))
        .onError(running);
    program
        .call("has it ended?", Syscall.PPOLL, at(containerPoll), num(1), at(noTime), num(0), num(0))
        .onError(running)
        .onZero(asked);
    ExitFile.write(program, exitFile, pid, exitFileFailed);
    program
        .call(
            "tell that it has ended",
            Syscall.WRITE,
            file(files.exited()),
            at(Data.words("one", 1)),
            num(EVENT_BYTES))
        .onError(exitFileFailed)
        .then(written);
    program.place(asked);
    obey(1, running);
    program.place(written);
    Label ended = program.label("container has ended");
    program.place(ended);
    Data orders = polls.part("orders", POLLFD_BYTES);
    program
        .call("wait for an order", Syscall.PPOLL, at(orders), num(2), num(0), num(0), num(0))
        .onError(ended);
    obey(1, ended);
    program.place(exitFileFailed);
    program.call("end, since the exit is not written", Syscall.EXIT_GROUP, num(EXIT_FILE_FAILED));
  }

  private void obey(int first, Label back) {
    Label end = program.label("ordered to end?");
    Data closeStdin = polls.part("stdin order", first * POLLFD_BYTES);
    Data ending = polls.part("end order", (first + 1) * POLLFD_BYTES);
    program
        .call(
            "is stdin to be closed?",
            Syscall.PPOLL,
            at(closeStdin),
            num(1),
            at(noTime),
            num(0),
            num(0))
        .onError(back)
        .onZero(end);
    program
        .call("take the order", Syscall.READ, file(files.closeStdin()), at(event), num(EVENT_BYTES))
        .onError(back);
    if (stdinWriter.isPresent()) {
      program
          .call("close stdin", Syscall.CLOSE, file(stdinWriter.get()))
          .onError(back)
          .onZero(back)
          .then(back);
    } else {
      program.jump(back);
    }
    program.place(end);
    program
        .call("is this the end?", Syscall.PPOLL, at(ending), num(1), at(noTime), num(0), num(0))
        .onError(back)
        .onZero(back);
    program.call("end", Syscall.EXIT_GROUP, num(0)).onError(back);
  }
}
