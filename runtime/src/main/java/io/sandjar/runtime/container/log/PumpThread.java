package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import jnr.ffi.Pointer;

/** One thread's epoll and the buffers that all logs on it share, one after the other. */
final class PumpThread implements AutoCloseable {
  private static final int O_WRONLY = 0x1;

  /** As much as a pipe holds by default, and so as much as one chunk can be. */
  static final int CHUNK = 64 * 1024;

  private static final int RECORDS = 256 * 1024;

  final Epoll epoll;

  /** Where a chunk is tee'd to, to be read from there. */
  final Pipe copy;

  /** Where a staged chunk is spliced to when it is in the log. */
  final Fd devNull;

  /** The line that has no end yet, and a chunk behind it. */
  final ByteBuffer in =
      ByteBuffer.allocateDirect(CommitPage.PARTIAL_SIZE + CHUNK).order(ByteOrder.LITTLE_ENDIAN);

  final Pointer inMemory = Pointer.wrap(Libc.runtime(), in);
  final ByteBuffer out = ByteBuffer.allocateDirect(RECORDS);
  final long outAddress = Pointer.wrap(Libc.runtime(), out).address();
  final CriRecords records = new CriRecords();

  /** After which an attached client that takes nothing is cut off. */
  final Duration readerPatience;

  private PumpThread(Epoll epoll, Pipe copy, Fd devNull, Duration readerPatience) {
    this.epoll = epoll;
    this.copy = copy;
    this.devNull = devNull;
    this.readerPatience = readerPatience;
  }

  static PumpThread start(String name, Duration readerPatience) throws SyscallException {
    var devNull = PathOpener.open(Path.of("/dev/null"), O_WRONLY);
    try {
      var copy = Pipe.nonBlocking();
      return new PumpThread(Epoll.start(name), copy, devNull, readerPatience);
    } catch (SyscallException e) {
      devNull.close();
      throw e;
    }
  }

  @Override
  public void close() {
    epoll.close();
    copy.close();
    devNull.close();
  }
}
