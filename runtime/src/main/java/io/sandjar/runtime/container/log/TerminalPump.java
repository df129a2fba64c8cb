package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.StreamCalls;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Pumps the master of a terminal. A terminal cannot be tee'd, so a daemon that is killed may lose
 * the chunk that it has just read; what is in the log is whole all the same.
 */
final class TerminalPump extends StreamPump {

  /** errno(3): what a master reads while nobody holds the terminal. */
  private static final int EIO = 5;

  private static final long REOPEN_MILLIS = 200;

  private final CommitPage page;
  private final Fd master;

  /** What was read but could not be logged yet. */
  private byte[] unlogged = {};

  TerminalPump(ContainerLog log, PumpThread thread, CommitPage page, Fd master)
      throws SyscallException {
    super(StdStream.STDOUT, log, thread, master);
    this.page = page;
    this.master = master;
    Pipe.makeNonBlocking(master);
  }

  @Override
  void recover() throws IOException {
    if (unlogged.length > 0) {
      int partial = page.partialLine(stream, thread.inMemory);
      thread.inMemory.put(partial, unlogged, 0, unlogged.length);
      logRead(partial, unlogged.length);
      unlogged = new byte[0];
    }
  }

  @Override
  int pumpChunk() throws IOException {
    int partial = page.partialLine(stream, thread.inMemory);
    long count =
        StreamCalls.get()
            .read(master.number(), thread.inMemory.address() + partial, PumpThread.CHUNK);
    if (count <= 0) {
      return nothingRead(count == 0 ? EIO : Libc.runtime().getLastError());
    }
    try {
      logRead(partial, (int) count);
    } catch (IOException e) {
      unlogged = new byte[(int) count];
      thread.inMemory.get(partial, unlogged, 0, unlogged.length);
      throw e;
    }
    return (int) count;
  }

  private void logRead(int partial, int count) throws IOException {
    log.append(stream, partial, count);
    page.commit();
    tell(thread.in, partial, count);
  }

  private int nothingRead(int errno) throws IOException {
    if (errno == EIO) {
      if (log.initHasEnded()) {
        return ENDED;
      }
      // An init may close its terminal and open it again later, as getty does.
      pause();
      thread.epoll.schedule(this::resume, REOPEN_MILLIS, TimeUnit.MILLISECONDS);
      return NOTHING;
    }
    if (errno == Errno.EAGAIN.number() || errno == Errno.EINTR.number()) {
      return NOTHING;
    }
    throw new SyscallException("read the terminal of a container", errno);
  }
}
