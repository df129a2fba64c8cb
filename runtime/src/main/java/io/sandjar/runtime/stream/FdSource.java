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

/** Reads a pipe or the master of a terminal without a thread that waits for it. Owns the fd. */
public final class FdSource implements ByteSource {
  private static final int CHUNK = 64 * 1024;

  /** errno(3): what a terminal's master reads when nobody holds the terminal any more. */
  private static final int EIO = 5;

  private final Fd fd;
  private final Epoll.Registration registration;
  private CompletableFuture<ByteBuf> waiting;

  public FdSource(Epoll epoll, Fd fd) throws SyscallException {
    this.fd = fd;
    try {
      Pipe.makeNonBlocking(fd);
      this.registration = epoll.register(fd, events -> ready());
    } catch (SyscallException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  @Override
  public synchronized CompletableFuture<ByteBuf> read() {
    if (!fd.isOpen()) {
      return CompletableFuture.completedFuture(END);
    }
    if (waiting != null) {
      throw new IllegalStateException("a read of " + fd + " waits already");
    }
    var answer = new CompletableFuture<ByteBuf>();
    if (!attempt(answer)) {
      waiting = answer;
      arm();
    }
    return answer;
  }

  private void ready() {
    CompletableFuture<ByteBuf> answer;
    var outcome = new CompletableFuture<ByteBuf>();
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
    }
    // Outside of the lock: what follows a chunk may close this source from another thread.
    outcome.whenComplete(
        (chunk, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else if (!answer.complete(chunk) && chunk != null) {
            chunk.release();
          }
        });
  }

  /** False if nothing is there to read yet. */
  private boolean attempt(CompletableFuture<ByteBuf> answer) {
    var chunk = PooledByteBufAllocator.DEFAULT.directBuffer(CHUNK);
    long count = StreamCalls.get().read(fd.number(), NativeAddress.of(chunk, 0, CHUNK), CHUNK);
    if (count > 0) {
      answer.complete(chunk.writerIndex((int) count));
      return true;
    }
    chunk.release();
    int errno = count == 0 ? 0 : Libc.runtime().getLastError();
    if (errno == Errno.EAGAIN.number() || errno == Errno.EINTR.number()) {
      return false;
    }
    if (errno == 0 || errno == EIO) {
      answer.complete(END);
    } else {
      answer.completeExceptionally(new SyscallException("read a process's output", errno));
    }
    return true;
  }

  private void arm() {
    try {
      registration.arm(Epoll.EPOLLIN | Epoll.EPOLLONESHOT);
    } catch (SyscallException e) {
      var answer = waiting;
      waiting = null;
      answer.completeExceptionally(e);
    }
  }

  @Override
  public void close() {
    CompletableFuture<ByteBuf> answer;
    synchronized (this) {
      registration.close();
      fd.close();
      answer = waiting;
      waiting = null;
    }
    if (answer != null) {
      answer.complete(END);
    }
  }
}
