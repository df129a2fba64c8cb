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

  private final Epoll epoll;
  private final Fd fd;
  private final FdSource source;
  private final OutputBudget budget;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final CompletableFuture<Void> done = new CompletableFuture<>();

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

  private void readOn() {
    source
        .read()
        .whenComplete(
            (chunk, failed) -> {
              if (failed != null || chunk == ByteSource.END) {
                done.complete(null);
                return;
              }
              keep(chunk);
              readOn();
            });
  }

  private synchronized void keep(ByteBuf chunk) {
    try {
      int count = Math.min(chunk.readableBytes(), MAX_BYTES - kept.size());
      if (count > 0 && budget.take(count)) {
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
   * it left behind say, is not waited for.
   */
  void commandEnded() throws SyscallException, InterruptedException {
    while (!done.isDone()) {
      if (isDrained()) {
        source.close();
        return;
      }
      try {
        done.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException backlog) {
        // The event loop has not come to it yet.
      } catch (ExecutionException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  /**
   * Asked on the loop's thread, which also hands chunks on: a chunk that has left the pipe has been
   * kept by then.
   */
  private boolean isDrained() throws SyscallException, InterruptedException {
    var drained = new CompletableFuture<Boolean>();
    epoll.execute(
        () -> {
          try {
            drained.complete(Pipe.waiting(fd) == 0);
          } catch (SyscallException | RuntimeException e) {
            drained.completeExceptionally(e);
          }
        });
    try {
      return drained.get();
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
      budget.giveBack(kept.size());
      kept.reset();
    }
  }
}
