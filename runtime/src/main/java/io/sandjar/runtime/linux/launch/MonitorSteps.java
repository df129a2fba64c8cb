package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.OpenFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
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
  private static final int MSG_NOSIGNAL = 0x4000;

  private final ProgramBuilder program;
  private final MonitorFiles files;
  private final Optional<Fd> stdinWriter;
  private final Path exitFile;
  private final Data polls;
  private final Data containerPoll;
  private final Fd listener;
  private final List<Fd> given;
  private final Data peer = Data.slot("asking daemon");
  private final Data event = Data.room("event", EVENT_BYTES);
  private final Data noTime = Data.words("no time", 0, 0);

  /**
   * @param listener of its {@link MonitorSocket}
   * @param given what it gives away there, the writing end of stdin last
   */
  MonitorSteps(
      ProgramBuilder program,
      MonitorFiles files,
      Optional<Fd> stdinWriter,
      Path exitFile,
      Fd listener,
      List<Fd> given) {
    this.program = program;
    this.files = files;
    this.stdinWriter = stdinWriter;
    this.exitFile = exitFile;
    this.listener = listener;
    this.given = given;
    this.polls =
        Data.words(
            "what to wait for",
            POLLIN,
            POLLIN | files.closeStdin().number(),
            POLLIN | files.end().number(),
            POLLIN | listener.number());
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
    Data container = Data.slot("container");
    program.value("remember the container", in(pid)).into(container);
    program.beginRest();
    program.place(running);
    program
        .call(
            "wait for its end or an order",
            Syscall.PPOLL,
            at(polls),
            num(4),
            num(0),
            num(0),
            num(0))
        .onError(running);
    program
        .call("has it ended?", Syscall.PPOLL, at(containerPoll), num(1), at(noTime), num(0), num(0))
        .onError(running)
        .onZero(asked);
    ExitFile.write(program, exitFile, container, exitFileFailed);
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
    obey(running);
    program.place(written);
    Label ended = program.label("container has ended");
    program.place(ended);
    Data orders = polls.part("orders", POLLFD_BYTES);
    program
        .call("wait for an order", Syscall.PPOLL, at(orders), num(3), num(0), num(0), num(0))
        .onError(ended);
    obey(ended);
    program.place(exitFileFailed);
    program.call("end, since the exit is not written", Syscall.EXIT_GROUP, num(EXIT_FILE_FAILED));
    program.endRest();
  }

  private void obey(Label back) {
    Label end = program.label("ordered to end?");
    Label give = program.label("asked for files?");
    isReady("is stdin to be closed?", polls.part("stdin order", POLLFD_BYTES), back, end);
    program
        .call("take the order", Syscall.READ, file(files.closeStdin()), at(event), num(EVENT_BYTES))
        .onError(back);
    if (stdinWriter.isPresent()) {
      program.call("close stdin", Syscall.CLOSE, file(stdinWriter.get())).onError(back).then(back);
    } else {
      program.jump(back);
    }
    program.place(end);
    isReady("is this the end?", polls.part("end order", 2 * POLLFD_BYTES), back, give);
    program.call("end", Syscall.EXIT_GROUP, num(0)).onError(back);
    program.place(give);
    isReady("are files asked for?", polls.part("listener", 3 * POLLFD_BYTES), back, back);
    give(back);
  }

  private void isReady(String step, Data poll, Label onError, Label notReady) {
    program
        .call(step, Syscall.PPOLL, at(poll), num(1), at(noTime), num(0), num(0))
        .onError(onError)
        .onZero(notReady);
  }

  private void give(Label back) {
    Label less = program.label("without stdin");
    Label done = program.label("given");
    String step = "give the files away";
    program
        .call(step, Syscall.ACCEPT4, file(listener), num(0), num(0), num(OpenFiles.O_CLOEXEC))
        .into(peer)
        .onError(back);
    program
        .call(step, Syscall.SENDMSG, in(peer), at(message(given)), num(MSG_NOSIGNAL))
        .onErrno(Errno.EBADF.number(), less)
        .onError(done)
        .then(done);
    program.place(less);
    List<Fd> rest = given.subList(0, given.size() - 1);
    program
        .call(step, Syscall.SENDMSG, in(peer), at(message(rest)), num(MSG_NOSIGNAL))
        .onError(done);
    program.place(done);
    program.call(step, Syscall.CLOSE, in(peer)).onError(back).then(back);
  }

  /** A struct msghdr with one byte and the files; see unix(7). */
  private static Data message(List<Fd> files) {
    int bytes = MonitorSocket.CMSG_HEADER_BYTES + files.size() * Integer.BYTES;
    ByteBuffer control = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    control.putLong(bytes).putInt(MonitorSocket.SOL_SOCKET).putInt(MonitorSocket.SCM_RIGHTS);
    files.forEach(fd -> control.putInt(fd.number()));
    Data content = Data.words("iovec", 0, 1).point(0, Data.room("one byte", 1));
    return Data.words("msghdr", 0, 0, 0, 1, 0, bytes, 0)
        .point(2 * Long.BYTES, content)
        .point(4 * Long.BYTES, Data.bytes("files", control.array()));
  }
}
