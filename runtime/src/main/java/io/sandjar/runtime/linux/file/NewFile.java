package io.sandjar.runtime.linux.file;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.nio.ByteBuffer;

/** A file being written, until it is closed. */
public final class NewFile implements AutoCloseable {
  private final FileCalls calls = FileCalls.get();
  private final Fd fd;
  private final String name;

  NewFile(int fd, String name) {
    this.fd = new Fd(fd);
    this.name = name;
  }

  /** Writes what {@code data}, a direct buffer, holds between position and limit. */
  public void write(ByteBuffer data, long offset) throws SyscallException {
    long at = offset;
    while (data.hasRemaining()) {
      long written =
          Syscalls.check(
              calls.pwrite(fd.number(), data, data.remaining(), at),
              "write %s",
              FileName.toText(name));
      data.position(data.position() + (int) written);
      at += written;
    }
  }

  public void setSize(long size) throws SyscallException {
    Syscalls.check(
        calls.ftruncate(fd.number(), size),
        "set the size of %s to %d",
        FileName.toText(name),
        size);
  }

  public void setOwner(int uid, int gid) throws SyscallException {
    Syscalls.check(
        calls.fchown(fd.number(), uid, gid),
        "set the owner of %s to %d:%d",
        FileName.toText(name),
        uid,
        gid);
  }

  public void setPermissions(int mode) throws SyscallException {
    Syscalls.check(
        calls.fchmod(fd.number(), mode), "set the mode of %s to %o", FileName.toText(name), mode);
  }

  public void setTimes(Times times) throws SyscallException {
    Syscalls.check(
        calls.futimens(fd.number(), times.encode()), "set the times of %s", FileName.toText(name));
  }

  public void setXattr(String xattr, byte[] value) throws SyscallException {
    Syscalls.check(
        calls.fsetxattr(fd.number(), FileName.terminated(xattr), value, value.length, 0),
        "set xattr %s of %s",
        FileName.toText(xattr),
        FileName.toText(name));
  }

  @Override
  public void close() {
    fd.close();
  }
}
