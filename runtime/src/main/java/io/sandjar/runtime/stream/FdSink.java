package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.linux.StreamCalls;
import java.util.concurrent.CompletableFuture;

/**
 * Writes a pipe or the master of a terminal without a thread that waits for room. Owns the fd: a
 * terminal's source and sink each take a duplicate of the master.
 */
public final class FdSink implements ByteSink {
  private final Fd fd;
  private final Epoll.Registration registration;
  private final Runnable whenClosed;
  private ByteBuf pending;
  private CompletableFuture<Void> waiting;
  private boolean closing;

  public FdSink(Epoll epoll, Fd fd) throws SyscallException {
    this(epoll, fd, () -> {});
  }

  /**
   * @param whenClosed runs once when the sink is closed: how a container's stdin, whose writing end
   *     others hold too, learns that its only client has ended it
   */
  public FdSink(Epoll epoll, Fd fd, Runnable whenClosed) throws SyscallException {
    this.fd = fd;
    this.whenClosed = whenClosed;
    try {
      Pipe.makeNonBlocking(fd);
      this.registration = epoll.register(fd, events -> ready());
    } catch (SyscallException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  @Override
  public synchronized CompletableFuture<Void> write(ByteBuf chunk) {
    if (closing || !fd.isOpen()) {
      chunk.release();
      return CompletableFuture.failedFuture(
          new IllegalStateException("the process's input is closed"));
    }
    if (waiting != null) {
      chunk.release();
      throw new IllegalStateException("a write to " + fd + " waits already");
    }
    pending = direct(chunk);
    var answer = new CompletableFuture<Void>();
    if (!attempt(answer)) {
      waiting = answer;
      arm();
    }
    return answer;
  }

  private static ByteBuf direct(ByteBuf chunk) {
    if (chunk.isDirect() && chunk.nioBufferCount() == 1) {
      return chunk;
    }
    try {
      return PooledByteBufAllocator.DEFAULT.directBuffer(chunk.readableBytes()).writeBytes(chunk);
    } finally {
      chunk.release();
    }
  }

  private void ready() {
    CompletableFuture<Void> answer;
    var outcome = new CompletableFuture<Void>();
    boolean closeNow;
    synchronized (this) {
      if (waiting == null || !fd.isOpen()) {
        return;
      }
      if (!attempt(outcome)) {
        arm();
        return;
      }
      answer = waiting;
      waiting = null;
      closeNow = closing;
    }
    if (closeNow) {
      closeFd();
    }
    outcome.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else {
            answer.complete(null);
          }
        });
  }

  /** False if the rest has to wait for room. */
  private boolean attempt(CompletableFuture<Void> answer) {
    while (pending.isReadable()) {
      int length = pending.readableBytes();
      long address = NativeAddress.of(pending, pending.readerIndex(), length);
      long count = StreamCalls.get().write(fd.number(), address, length);
      if (count >= 0) {
        pending.skipBytes((int) count);
        continue;
      }
      int errno = Libc.runtime().getLastError();
      if (errno == Errno.EAGAIN.number()) {
        return false;
      }
      if (errno != Errno.EINTR.number()) {
        dropPending();
        answer.completeExceptionally(new SyscallException("write a process's input", errno));
        return true;
      }
    }
    dropPending();
    answer.complete(null);
    return true;
  }

  private void dropPending() {
    pending.release();
    pending = null;
  }

  private void arm() {
    try {
      registration.arm(Epoll.EPOLLOUT | Epoll.EPOLLONESHOT);
    } catch (SyscallException e) {
      dropPending();
      var answer = waiting;
      waiting = null;
      answer.completeExceptionally(e);
    }
  }

  /** Ends the input after what was written; what waits for room is written on. */
  @Override
  public void close() {
    synchronized (this) {
      if (closing) {
        return;
      }
      closing = true;
      if (waiting != null) {
        return;
      }
    }
    closeFd();
  }

  private void closeFd() {
    synchronized (this) {
      if (!fd.isOpen()) {
        return;
      }
      registration.close();
      fd.close();
    }
    whenClosed.run();
  }

  /** Ends the input at once; a chunk that waits for room is dropped. */
  public void abort() {
    CompletableFuture<Void> answer;
    synchronized (this) {
      closing = true;
      answer = waiting;
      waiting = null;
      if (pending != null) {
        dropPending();
      }
    }
    closeFd();
    if (answer != null) {
      answer.completeExceptionally(new IllegalStateException("the process's input was closed"));
    }
  }
}
