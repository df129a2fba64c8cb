package io.sandjar.runtime.linux.file;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Copies a file's content and leaves its holes holes, however large they are. */
public final class SparseCopy {
  // <linux/fs.h>
  private static final int SEEK_SET = 0;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private final FileCalls calls = FileCalls.get();
  private final byte[] buffer = new byte[1 << 16];
  private final ByteBuffer direct = ByteBuffer.allocateDirect(buffer.length);
  private final Fd from;
  private final NewFile to;
  private final Watcher watcher;

  private SparseCopy(Fd from, NewFile to, Watcher watcher) {
    this.from = from;
    this.to = to;
    this.watcher = watcher;
  }

  /** Told of each part that is about to be copied; throws to end it. */
  public interface Watcher {
    void copying(long bytes) throws IOException;
  }

  public static void copy(Fd from, long size, NewFile to, Watcher watcher) throws IOException {
    new SparseCopy(from, to, watcher).copy(size);
    to.setSize(size);
  }

  private void copy(long size) throws IOException {
    long at = 0;
    while (at < size) {
      long start;
      try {
        start = seek(at, SEEK_DATA);
      } catch (SyscallException e) {
        if (e.is(Errno.ENXIO)) {
          return; // only a hole is left
        }
        throw e;
      }
      long end = seek(start, SEEK_HOLE);
      seek(start, SEEK_SET);
      at = start;
      while (at < end) {
        int count =
            (int)
                Syscalls.check(
                    Libc.get().read(from.number(), buffer, (int) Math.min(buffer.length, end - at)),
                    "read a file to copy");
        if (count == 0) {
          return;
        }
        watcher.copying(count);
        direct.clear().put(buffer, 0, count).flip();
        to.write(direct, at);
        at += count;
      }
    }
  }

  private long seek(long offset, int whence) throws SyscallException {
    return Syscalls.check(calls.lseek(from.number(), offset, whence), "seek in a file to copy");
  }
}
