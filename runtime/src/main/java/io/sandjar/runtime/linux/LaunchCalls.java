package io.sandjar.runtime.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.Out;
import jnr.ffi.annotations.SaveError;

/** The C functions that launching needs beside those of {@code netbridge}. */
public interface LaunchCalls {

  static LaunchCalls get() {
    return Loaded.CALLS;
  }

  @SaveError
  int open(String path, int flags, int mode);

  @SaveError
  int openat(int folder, String path, int flags, int mode);

  @SaveError
  int fcntl(int fd, int command, long argument);

  @SaveError
  int pipe2(@Out int[] ends, int flags);

  @SaveError
  int eventfd(int initial, int flags);

  @SaveError
  int memfd_create(String name, int flags);

  @SaveError
  int fchmod(int fd, int mode);

  @SaveError
  int ftruncate(int fd, long length);

  @SaveError
  long pread(int fd, @Out byte[] buffer, long count, long offset);

  @SaveError
  long pwrite(int fd, byte[] buffer, long count, long offset);

  @SaveError
  int ioctl(int fd, long request, Pointer argument);

  @SaveError
  int waitid(int kind, int id, Pointer siginfo, int options);

  @SaveError
  int listen(int fd, int backlog);

  @SaveError
  int connect(int fd, Pointer address, int length);

  int getpid();

  /** syscall(2), for what glibc has no wrapper of before 2.36. */
  @SaveError
  long syscall(long number, String first, long second);

  @SaveError
  long syscall(long number, long first, long second, String third, String fourth, long fifth);

  @SaveError
  long syscall(long number, long first, String second, long third, String fourth, long fifth);

  @SaveError
  long syscall(long number, long first, String second, long third);

  @SaveError
  long syscall(long number, long first, long second, long third);

  /** These return the error itself. */
  int posix_spawn(
      @Out int[] pid, String path, Pointer actions, Pointer attributes, Pointer argv, Pointer envp);

  int posix_spawn_file_actions_init(Pointer actions);

  int posix_spawn_file_actions_adddup2(Pointer actions, int fd, int newFd);

  int posix_spawn_file_actions_destroy(Pointer actions);

  int posix_spawnattr_init(Pointer attributes);

  int posix_spawnattr_setflags(Pointer attributes, short flags);

  int posix_spawnattr_setsigdefault(Pointer attributes, Pointer signals);

  int posix_spawnattr_setsigmask(Pointer attributes, Pointer signals);

  int posix_spawnattr_destroy(Pointer attributes);

  /** Loads on first use. */
  final class Loaded {
    private static final LaunchCalls CALLS =
        LibraryLoader.create(LaunchCalls.class).option(LibraryOption.LoadNow, true).load("c");

    private Loaded() {}
  }
}
