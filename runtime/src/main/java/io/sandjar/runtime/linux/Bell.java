package io.sandjar.runtime.linux;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.spi.AbstractInterruptibleChannel;

/** A file by which other threads end a thread's wait for files. */
public final class Bell implements AutoCloseable {
  private static final byte[] ONE = {1, 0, 0, 0, 0, 0, 0, 0};

  private final Fd fd;
  private final Interruption interruption = new Interruption();

  private Bell(Fd fd) {
    this.fd = fd;
  }

  public static Bell open() throws SyscallException {
    return new Bell(OpenFiles.eventfd());
  }

  /** To be waited for with the other files: something to read is there once it was rung. */
  public Fd fd() {
    return fd;
  }

  /** Ends the wait, from any thread. Nothing happens once this is closed. */
  public synchronized void ring() {
    // Another file must not get what is written to that number.
    if (fd.isOpen()) {
      Libc.get().write(fd.number(), ONE, ONE.length);
    }
  }

  /** It has been heard, and may be rung again. */
  public void hush() {
    Libc.get().read(fd.number(), new byte[Long.BYTES], Long.BYTES);
  }

  /** A wait for files, this one's among them. */
  @FunctionalInterface
  public interface Wait {
    void run() throws IOException;
  }

  /** Waits, and is rung by an interrupt of the waiting thread too. */
  public void during(Wait wait) throws IOException, InterruptedException {
    try {
      interruption.during(wait);
    } catch (ClosedByInterruptException e) {
      Thread.interrupted();
      throw new InterruptedException();
    }
  }

  @Override
  public synchronized void close() {
    fd.close();
  }

  /** How Java tells of an interrupt while it happens. */
  private final class Interruption extends AbstractInterruptibleChannel {
    void during(Wait wait) throws IOException {
      begin();
      try {
        wait.run();
      } finally {
        end(true);
      }
    }

    @Override
    protected void implCloseChannel() {
      ring();
    }
  }
}
