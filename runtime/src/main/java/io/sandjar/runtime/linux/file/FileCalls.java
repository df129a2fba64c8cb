package io.sandjar.runtime.linux.file;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.annotations.SaveError;

/**
 * The C functions that act on files relative to an open folder. Names are NUL-terminated bytes.
 * Public, since jnr implements it in a class loader of its own.
 */
public interface FileCalls {

  static FileCalls get() {
    return Loaded.CALLS;
  }

  @SaveError
  int openat(int folder, @In byte[] name, int flags, int mode);

  @SaveError
  int mkdirat(int folder, @In byte[] name, int mode);

  @SaveError
  int mknodat(int folder, @In byte[] name, int mode, long device);

  @SaveError
  int symlinkat(@In byte[] target, int folder, @In byte[] name);

  @SaveError
  int linkat(int fromFolder, @In byte[] from, int toFolder, @In byte[] to, int flags);

  @SaveError
  int unlinkat(int folder, @In byte[] name, int flags);

  @SaveError
  int renameat(int fromFolder, @In byte[] from, int toFolder, @In byte[] to);

  @SaveError
  long readlinkat(int folder, @In byte[] name, @Out byte[] target, long size);

  @SaveError
  int statx(int folder, @In byte[] name, int flags, int mask, @Out byte[] status);

  @SaveError
  long getdents64(int folder, @Out byte[] entries, long size);

  @SaveError
  long lseek(int fd, long offset, int whence);

  @SaveError
  long pwrite(int fd, @In ByteBuffer data, long count, long offset);

  @SaveError
  int ftruncate(int fd, long length);

  @SaveError
  int fchown(int fd, int uid, int gid);

  @SaveError
  int fchownat(int folder, @In byte[] name, int uid, int gid, int flags);

  @SaveError
  int fchmod(int fd, int mode);

  @SaveError
  int fchmodat(int folder, @In byte[] name, int mode, int flags);

  @SaveError
  int futimens(int fd, @In byte[] times);

  @SaveError
  int utimensat(int folder, @In byte[] name, @In byte[] times, int flags);

  @SaveError
  int fsetxattr(int fd, @In byte[] name, @In byte[] value, long size, int flags);

  @SaveError
  int lsetxattr(@In byte[] path, @In byte[] name, @In byte[] value, long size, int flags);

  @SaveError
  long llistxattr(@In byte[] path, @Out byte[] names, long size);

  @SaveError
  long lgetxattr(@In byte[] path, @In byte[] name, @Out byte[] value, long size);

  @SaveError
  int syncfs(int fd);

  /** Loads on first use. */
  final class Loaded {
    private static final FileCalls CALLS =
        LibraryLoader.create(FileCalls.class).option(LibraryOption.LoadNow, true).load("c");

    private Loaded() {}
  }
}
