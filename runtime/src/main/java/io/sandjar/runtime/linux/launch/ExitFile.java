package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.in;
import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The file in which a monitor leaves how its container ended: wait status, then the time. */
final class ExitFile {
  private static final int CLOCK_REALTIME = 0;
  private static final int WALL = 0x4000_0000;
  private static final int BYTES = 3 * Long.BYTES;
  private static final int TIME = Long.BYTES;
  private static final int MODE = 0600;
  private static final Duration LOOK = Duration.ofMillis(5);

  private ExitFile() {}

  /** Waits for the process, which has ended, and writes the file. */
  static void write(ProgramBuilder program, Path file, Data pid, Label failed) {
    Data status = Data.room("exit status", BYTES);
    Data time = status.part("finish time", TIME);
    String temporary = file + ".tmp";
    Data opened = Data.slot("exit file");
    String step = "write " + file;
    program
        .call("reap the container", Syscall.WAIT4, in(pid), at(status), num(WALL), num(0))
        .onError(failed);
    program
        .call("ask for the time", Syscall.CLOCK_GETTIME, num(CLOCK_REALTIME), at(time))
        .onError(failed);
    program
        .call(
            step,
            Syscall.OPENAT,
            num(MountFlags.AT_FDCWD),
            text(temporary),
            num(OpenFiles.O_WRONLY | OpenFiles.O_CREAT | OpenFiles.O_TRUNC | OpenFiles.O_CLOEXEC),
            num(MODE))
        .into(opened)
        .onError(failed);
    program.call(step, Syscall.WRITE, in(opened), at(status), num(BYTES)).onError(failed);
    program.call(step, Syscall.CLOSE, in(opened)).onError(failed);
    program
        .call(
            step,
            Syscall.RENAMEAT2,
            num(MountFlags.AT_FDCWD),
            text(temporary),
            num(MountFlags.AT_FDCWD),
            text(file.toString()),
            num(0))
        .onError(failed);
  }

  /** What a monitor is about to leave, unless it ends itself or does not get to it in time. */
  static Optional<ExitStatus> await(Path file, Pidfd monitor, Duration bound) throws IOException {
    long end = System.nanoTime() + bound.toNanos();
    Optional<ExitStatus> left = read(file);
    while (left.isEmpty() && System.nanoTime() < end) {
      boolean last = monitor.awaitEnd(LOOK);
      left = read(file);
      if (last) {
        return left;
      }
    }
    return left;
  }

  /** What a monitor has left, if it has. */
  static Optional<ExitStatus> read(Path file) throws IOException {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (content.length != BYTES) {
      throw new IOException(
          "the exit file " + file + " has " + content.length + " bytes instead of " + BYTES);
    }
    ByteBuffer words = ByteBuffer.wrap(content).order(ByteOrder.nativeOrder());
    Instant finished = Instant.ofEpochSecond(words.getLong(TIME), words.getLong(TIME + Long.BYTES));
    return Optional.of(ExitStatus.ofWait((int) words.getLong(0), finished));
  }
}
