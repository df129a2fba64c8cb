package io.sandjar.netbridge.sys;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.Out;
import jnr.ffi.annotations.SaveError;

/**
 * The C functions that networking and launching share. Every call saves errno for its thread;
 * {@link Syscalls} turns it into an exception.
 */
public interface Libc {

  /**
   * The loaded library; loading costs about 0.2 s once, so nothing loads it before it is needed.
   */
  static Libc get() {
    return Loaded.LIBC;
  }

  /** The jnr runtime that allocates native memory for this library's calls. */
  static jnr.ffi.Runtime runtime() {
    return Loaded.RUNTIME;
  }

  int close(int fd);

  @SaveError
  long read(int fd, Pointer buffer, long count);

  @SaveError
  long write(int fd, Pointer buffer, long count);

  @SaveError
  long read(int fd, @Out byte[] buffer, long count);

  @SaveError
  long write(int fd, byte[] buffer, long count);

  @SaveError
  int socket(int domain, int type, int protocol);

  @SaveError
  int bind(int fd, Pointer address, int length);

  @SaveError
  int getsockname(int fd, Pointer address, Pointer length);

  @SaveError
  int setsockopt(int fd, int level, int option, Pointer value, int length);

  @SaveError
  int getsockopt(int fd, int level, int option, Pointer value, Pointer length);

  @SaveError
  long sendto(int fd, Pointer buffer, long length, int flags, Pointer address, int addressLength);

  @SaveError
  long recvfrom(
      int fd, Pointer buffer, long length, int flags, Pointer address, Pointer addressLength);

  @SaveError
  long sendmsg(int fd, Pointer message, int flags);

  @SaveError
  long recvmsg(int fd, Pointer message, int flags);

  @SaveError
  int poll(int[] fds, long count, int timeoutMillis);

  @SaveError
  int setns(int fd, int kinds);

  @SaveError
  int unshare(int kinds);

  @SaveError
  int eventfd(int initial, int flags);

  @SaveError
  int open(String path, int flags, int mode);

  @SaveError
  int mount(String source, String target, String type, long flags, String data);

  @SaveError
  int umount2(String target, int flags);

  /** syscall(2), for what glibc 2.36 has no wrapper of. */
  @SaveError
  long syscall(long number, long a, long b, long c, long d, long e, long f);

  /** Loads on first use. */
  final class Loaded {
    private static final Libc LIBC =
        LibraryLoader.create(Libc.class).option(LibraryOption.LoadNow, true).load("c");
    private static final jnr.ffi.Runtime RUNTIME = jnr.ffi.Runtime.getRuntime(LIBC);

    private Loaded() {}
  }
}
