package io.sandjar.runtime.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.Out;
import jnr.ffi.annotations.SaveError;

/**
 * The C functions that move bytes: epoll, pipes, memfds. Buffers go by address, because a chunk's
 * path from a pipe to a log is made of these calls and of nothing else.
 */
public interface StreamCalls {

  /** fcntl(2) and pipe2(2). */
  int F_GETFL = 3;

  int F_SETFL = 4;
  int F_DUPFD_CLOEXEC = 1030;
  int F_SETPIPE_SZ = 1031;
  int F_GETPIPE_SZ = 1032;
  int O_NONBLOCK = 0x800;
  int O_CLOEXEC = 0x80000;

  /** ioctl(2): how many bytes wait in a pipe. */
  long FIONREAD = 0x541B;

  int SPLICE_F_NONBLOCK = 0x02;
  int MFD_CLOEXEC = 0x1;
  int PROT_READ = 0x1;
  int PROT_WRITE = 0x2;
  int MAP_SHARED = 0x1;
  int EPOLL_CTL_ADD = 1;
  int EPOLL_CTL_DEL = 2;
  int EPOLL_CTL_MOD = 3;

  static StreamCalls get() {
    return Loaded.CALLS;
  }

  @SaveError
  int epoll_create1(int flags);

  @SaveError
  int epoll_ctl(int epoll, int operation, int fd, Pointer event);

  @SaveError
  int epoll_wait(int epoll, Pointer events, int most, int timeoutMillis);

  @SaveError
  int pipe2(@Out int[] ends, int flags);

  @SaveError
  int fcntl(int fd, int command, long argument);

  @SaveError
  int ioctl(int fd, long request, @Out int[] result);

  @SaveError
  long read(int fd, long address, long count);

  @SaveError
  long write(int fd, long address, long count);

  @SaveError
  long splice(int from, Pointer fromOffset, int to, Pointer toOffset, long length, int flags);

  @SaveError
  long tee(int from, int to, long length, int flags);

  @SaveError
  int ftruncate(int fd, long length);

  @SaveError
  int memfd_create(String name, int flags);

  @SaveError
  int statx(int directory, String path, int flags, int mask, Pointer result);

  @SaveError
  int mkdirat(int directory, String path, int mode);

  /**
   * The address is a pointer, not a number, also because jnr's stub for six numbers loses the last
   * ones.
   */
  @SaveError
  long mmap(Pointer address, long length, int protection, int flags, int fd, long offset);

  @SaveError
  int munmap(long address, long length);

  /** Loads on first use. */
  final class Loaded {
    private static final StreamCalls CALLS =
        LibraryLoader.create(StreamCalls.class).option(LibraryOption.LoadNow, true).load("c");

    private Loaded() {}
  }
}
