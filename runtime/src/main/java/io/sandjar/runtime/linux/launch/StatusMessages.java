package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.file;
import static io.sandjar.runtime.linux.launch.Arg.num;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.OpenFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;

/**
 * What a program tells the daemon over its status pipe: that it waits at its gate, or which step
 * failed. The end of the pipe means that execve succeeded, because it closes the file.
 */
final class StatusMessages {
  private static final int BYTES = 16;
  private static final long READY = 1;
  private static final int FAILED = 255;

  private StatusMessages() {}

  /** Tells that everything is prepared. */
  static void tellReady(ProgramBuilder program, Fd status) {
    program.call(
        "tell that all is prepared",
        Syscall.WRITE,
        file(status),
        at(Data.words("ready", READY, 0)),
        num(BYTES));
  }

  /** Where errors go: tells which step failed and ends. */
  static void placeFailure(ProgramBuilder program, Fd status) {
    Label exit = program.label("exit");
    program.place(program.failure());
    program
        .call("tell which step failed", Syscall.WRITE, file(status), at(Data.header()), num(BYTES))
        .onError(exit);
    program.place(exit);
    program.call("exit", Syscall.EXIT_GROUP, num(FAILED)).onError(exit).then(exit);
  }

  /** What a program told. */
  enum Message {
    READY,
    END
  }

  /**
   * Waits for the next message.
   *
   * @param command as a failure to run it names it
   * @param program empty where another daemon has composed it
   * @throws LaunchException if a step failed
   */
  static Message read(Fd status, String command, Optional<Program> program, Duration bound)
      throws IOException {
    if (!OpenFiles.awaitReadable(status, bound)) {
      throw new IOException(
          "the launch did not get any further within "
              + bound.toSeconds()
              + " s; its cgroup may be frozen, or a file system does not answer");
    }
    byte[] message = new byte[BYTES];
    long count =
        Syscalls.check(
            Libc.get().read(status.number(), message, message.length), "read a launch's status");
    if (count == 0) {
      return Message.END;
    }
    ByteBuffer words = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    long what = words.getLong(0);
    if (what == READY) {
      return Message.READY;
    }
    int errno = (int) words.getLong(Long.BYTES);
    if (CommandSteps.isOfCommand(what)) {
      throw CommandSteps.failure(command, what, errno);
    }
    throw program
        .map(composed -> LaunchException.of(composed.failed(what), errno))
        .orElseGet(
            () ->
                LaunchException.of("start a container that an earlier daemon has prepared", errno));
  }

  /** The same before the program has come to a command. */
  static Message read(Fd status, Program program, Duration bound) throws IOException {
    return read(status, "", Optional.of(program), bound);
  }
}
