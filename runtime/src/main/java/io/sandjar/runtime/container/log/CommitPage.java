package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.StreamCalls;
import java.lang.invoke.VarHandle;
import jnr.ffi.Pointer;

/**
 * How far a container's log has come, in shared memory that outlives the daemon. The state is
 * written to the one of two places that is not in force, and one store then puts it in force: a
 * daemon that is killed at any point leaves the old state or the new one, never a mixture.
 */
final class CommitPage implements AutoCloseable {
  private static final int SELECTOR = 0;
  private static final int STATES = 64;
  private static final int STATE_SIZE = 128;
  private static final int PARTIAL_LINES = 4096;

  /** A line is cut when it is longer than a record, so this much of one waits at most. */
  static final int PARTIAL_SIZE = CriRecords.MAX_TEXT;

  static final int SIZE = PARTIAL_LINES + 4 * PARTIAL_SIZE;

  /** {@link #stagedLeft}: nothing in the staging pipe is in the log yet. */
  static final long NOTHING_COMMITTED = -1;

  private final long address;
  private final Pointer memory;

  /** The state that is being made; {@link #commit} puts it in force. */
  private long logLength;

  private long device;
  private long inode;
  private final long[] offset = new long[2];
  private final long[] stagedLeft = {NOTHING_COMMITTED, NOTHING_COMMITTED};
  private final int[] partialPlace = new int[2];
  private final int[] partialLength = new int[2];
  private long selector;

  private CommitPage(long address) {
    this.address = address;
    this.memory = Pointer.wrap(Libc.runtime(), address, SIZE);
  }

  static CommitPage map(Fd memfd) throws SyscallException {
    long address =
        StreamCalls.get()
            .mmap(
                null,
                SIZE,
                StreamCalls.PROT_READ | StreamCalls.PROT_WRITE,
                StreamCalls.MAP_SHARED,
                memfd.number(),
                0);
    Syscalls.check(address, "map the state of a log");
    var page = new CommitPage(address);
    page.load();
    return page;
  }

  /** False if a container's log is started for the first time. */
  boolean wasUsed() {
    return selector != 0;
  }

  private void load() {
    selector = memory.getLong(SELECTOR);
    if (selector == 0) {
      return;
    }
    long at = stateAt(selector);
    logLength = memory.getLong(at);
    device = memory.getLong(at + 8);
    inode = memory.getLong(at + 16);
    for (int stream = 0; stream < 2; stream++) {
      long of = at + 24 + 32L * stream;
      offset[stream] = memory.getLong(of);
      stagedLeft[stream] = memory.getLong(of + 8);
      partialPlace[stream] = (int) memory.getLong(of + 16);
      partialLength[stream] = (int) memory.getLong(of + 24);
    }
  }

  /** Puts what was set since the last commit in force. */
  void commit() {
    long next = selector + 1;
    long at = stateAt(next);
    memory.putLong(at, logLength);
    memory.putLong(at + 8, device);
    memory.putLong(at + 16, inode);
    for (int stream = 0; stream < 2; stream++) {
      long of = at + 24 + 32L * stream;
      memory.putLong(of, offset[stream]);
      memory.putLong(of + 8, stagedLeft[stream]);
      memory.putLong(of + 16, partialPlace[stream]);
      memory.putLong(of + 24, partialLength[stream]);
    }
    // Neither the compiler nor the processor may let the selector overtake the state.
    VarHandle.fullFence();
    memory.putLong(SELECTOR, next);
    VarHandle.fullFence();
    selector = next;
  }

  private static long stateAt(long selector) {
    return STATES + (selector & 1) * STATE_SIZE;
  }

  LogFile.Identity file() {
    return new LogFile.Identity(device, inode);
  }

  long logLength() {
    return logLength;
  }

  void log(LogFile.Identity file, long length) {
    device = file.device();
    inode = file.inode();
    logLength = length;
  }

  void logLength(long length) {
    logLength = length;
  }

  /** How many bytes of the stream are in the log, or in its partial line. */
  long offset(StdStream stream) {
    return offset[stream.ordinal()];
  }

  void advance(StdStream stream, long bytes) {
    offset[stream.ordinal()] += bytes;
  }

  /**
   * After a commit: how many bytes in the staging pipe are not in the log; what else lies there is,
   * and must be drained. {@link #NOTHING_COMMITTED} when draining is over.
   */
  long stagedLeft(StdStream stream) {
    return stagedLeft[stream.ordinal()];
  }

  void stagedLeft(StdStream stream, long bytes) {
    stagedLeft[stream.ordinal()] = bytes;
  }

  /** Copies the line that has no end yet to the start of the buffer; gives its length. */
  int partialLine(StdStream stream, Pointer into) {
    int index = stream.ordinal();
    int length = partialLength[index];
    if (length > 0) {
      memory.transferTo(partialAt(index), into, 0, length);
    }
    return length;
  }

  /** Keeps a line that has no end yet, beside the one in force until the next commit. */
  void keepPartialLine(StdStream stream, Pointer from, int start, int length) {
    int index = stream.ordinal();
    if (length > 0) {
      partialPlace[index] ^= 1;
      memory.transferFrom(partialAt(index), from, start, length);
    }
    partialLength[index] = length;
  }

  private long partialAt(int stream) {
    return PARTIAL_LINES + (2L * stream + partialPlace[stream]) * PARTIAL_SIZE;
  }

  /** Forgets what was set since the last commit. */
  void rollBack() {
    load();
  }

  @Override
  public void close() {
    StreamCalls.get().munmap(address, SIZE);
  }
}
