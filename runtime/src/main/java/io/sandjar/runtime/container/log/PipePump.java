package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.StreamCalls;
import java.io.IOException;

/**
 * Pumps a pipe so that every byte comes into the log once, also when the daemon is killed at any
 * point. A chunk is spliced into a staging pipe that outlives the daemon and copied from there by
 * tee(2), which takes nothing away. When it is in the log and that is committed, the staging pipe
 * is drained. So after a crash a staged chunk is either committed, and only drained, or it is
 * logged again on a log that was cut back to its committed length.
 */
final class PipePump extends StreamPump {
  private static final int CHUNK = PumpThread.CHUNK;

  private final StreamCalls calls = StreamCalls.get();
  private final CommitPage page;
  private final Fd source;
  private final Pipe staging;

  PipePump(
      StdStream stream,
      ContainerLog log,
      PumpThread thread,
      CommitPage page,
      Fd source,
      Pipe staging)
      throws SyscallException {
    super(stream, log, thread, source);
    this.page = page;
    this.source = source;
    this.staging = staging;
  }

  @Override
  void recover() throws IOException {
    if (page.stagedLeft(stream) != CommitPage.NOTHING_COMMITTED) {
      drainCommitted();
    }
    logStaged(Pipe.waiting(staging.readEnd()));
  }

  @Override
  int pumpChunk() throws IOException {
    long count =
        calls.splice(
            source.number(),
            null,
            staging.writeEnd().number(),
            null,
            CHUNK,
            StreamCalls.SPLICE_F_NONBLOCK);
    if (count == -1) {
      int errno = Libc.runtime().getLastError();
      if (errno == Errno.EAGAIN.number() || errno == Errno.EINTR.number()) {
        return NOTHING;
      }
      throw new SyscallException("splice the output of a container", errno);
    }
    logStaged((int) count);
    return (int) count;
  }

  private void logStaged(int staged) throws IOException {
    int left = staged;
    // Once, but for a copy pipe that the kernel made smaller than usual (fs.pipe-user-pages-soft).
    while (left > 0) {
      int partial = page.partialLine(stream, thread.inMemory);
      int count = copyStaged(partial, left);
      log.append(stream, partial, count);
      left -= count;
      page.stagedLeft(stream, left);
      page.commit();
      tell(thread.in, partial, count);
      drainCommitted();
    }
  }

  private int copyStaged(int at, int staged) throws IOException {
    int count =
        (int)
            Syscalls.check(
                calls.tee(
                    staging.readEnd().number(),
                    thread.copy.writeEnd().number(),
                    Math.min(staged, CHUNK),
                    StreamCalls.SPLICE_F_NONBLOCK),
                "copy the staged output of a container");
    int read = 0;
    while (read < count) {
      read +=
          (int)
              Syscalls.check(
                  calls.read(
                      thread.copy.readEnd().number(),
                      thread.inMemory.address() + at + read,
                      count - read),
                  "read the staged output of a container");
    }
    return count;
  }

  private void drainCommitted() throws IOException {
    long rest = Pipe.waiting(staging.readEnd()) - page.stagedLeft(stream);
    while (rest > 0) {
      rest -=
          Syscalls.check(
              calls.splice(
                  staging.readEnd().number(),
                  null,
                  thread.devNull.number(),
                  null,
                  rest,
                  StreamCalls.SPLICE_F_NONBLOCK),
              "drain the staged output of a container");
    }
    page.stagedLeft(stream, CommitPage.NOTHING_COMMITTED);
    page.commit();
  }
}
