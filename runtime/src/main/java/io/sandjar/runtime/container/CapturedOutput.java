package io.sandjar.runtime.container;

import io.netty.buffer.ByteBuf;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.stream.ByteSource;
import io.sandjar.runtime.stream.FdSource;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Keeps what a command writes, up to a limit; what comes beyond it is read and forgotten, so that
 * the command does not hang.
 */
final class CapturedOutput implements AutoCloseable {
  /** What containerd keeps of one stream, so clients are used to it. */
  static final int MAX_BYTES = 16 * 1024 * 1024;

  private static final long POLL_MILLIS = 2;

  /** Chunks in a row before others on the loop have their turn. */
  private static final int BURST = 16;

  private final Epoll epoll;
  private final Fd fd;
  private final FdSource source;
  private final OutputBudget budget;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private boolean full;
  private boolean closed;

  /** What has been read so far; counted on the loop's thread. */
  private volatile long taken;

  /**
   * @param fd the reading end of the command's pipe, owned from now on
   */
  CapturedOutput(Epoll epoll, Fd fd, OutputBudget budget) throws SyscallException {
    this.epoll = epoll;
    this.fd = fd;
    this.source = new FdSource(epoll, fd);
    this.budget = budget;
    readOn();
  }

  /**
   * On the loop's thread, but for the first time; a burst at a time: a command may write as fast as
   * it is read.
   */
  private void readOn() {
    try {
      for (int i = 0; i < BURST; i++) {
        CompletableFuture<ByteBuf> read = source.read();
        if (!read.isDone()) {
          read.whenComplete(this::afterWaiting);
          return;
        }
        if (!take(read.join())) {
          return;
        }
      }
      epoll.execute(this::readOn);
    } catch (Throwable failed) { // Whatever it is, whoever waits must not wait for ever.
      done.complete(null);
    }
  }

  private void afterWaiting(ByteBuf chunk, Throwable failed) {
    try {
      if (failed != null) {
        done.complete(null);
      } else if (take(chunk)) {
        readOn();
      }
    } catch (Throwable broken) { // As above.
      done.complete(null);
    }
  }

  /** False at the end. */
  private boolean take(ByteBuf chunk) {
    if (chunk == ByteSource.END) {
      done.complete(null);
      return false;
    }
    int count = chunk.readableBytes();
    keep(chunk);
    taken += count;
    return true;
  }

  private synchronized void keep(ByteBuf chunk) {
    try {
      int count = Math.min(chunk.readableBytes(), MAX_BYTES - kept.size());
      // Once something is left out, the rest is too: an output is cut at its end or not at all.
      // A chunk that was read just before the end is nobody's: its bytes would never be given back.
      full = full || closed || count > 0 && !budget.take(count);
      if (count > 0 && !full) {
        byte[] bytes = new byte[count];
        chunk.readBytes(bytes);
        kept.write(bytes, 0, count);
      }
    } finally {
      chunk.release();
    }
  }

  /**
   * Reads what the command had written by its end. Somebody who has the pipe still, a process that
   * it left behind say, is not waited for, and what he writes from now on is nobody's.
   */
  void commandEnded() throws SyscallException, InterruptedException {
    // Its end is mostly seen after that of its output: then nobody needs to be asked.
    long end = done.isDone() ? taken : writtenByNow();
    while (!done.isDone() && taken < end) {
      try {
        done.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException backlog) {
        // The event loop has not come to it yet.
      } catch (ExecutionException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
    source.close();
  }

  /** Asked on the loop's thread, where no chunk is between the pipe and the count. */
  private long writtenByNow() throws SyscallException, InterruptedException {
    var written = new CompletableFuture<Long>();
    epoll.execute(
        () -> {
          try {
            written.complete(done.isDone() ? taken : taken + Pipe.waiting(fd));
          } catch (SyscallException | RuntimeException e) {
            written.completeExceptionally(e);
          }
        });
    try {
      return written.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SyscallException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  synchronized byte[] bytes() {
    return kept.toByteArray();
  }

  @Override
  public void close() {
    source.close();
    synchronized (this) {
      closed = true;
      budget.giveBack(kept.size());
      kept.reset();
    }
  }
}
