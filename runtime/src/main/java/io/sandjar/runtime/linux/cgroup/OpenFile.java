package io.sandjar.runtime.linux.cgroup;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.SaveError;

/** open(2), for files that a launched process gets as a number. */
final class OpenFile {
  private static final int O_DIRECTORY = aarch64() ? 0x4000 : 0x10000;
  private static final int O_CLOEXEC = 0x80000;

  private OpenFile() {}

  static Fd folder(Path folder) throws IOException {
    int fd = Native.LIBC.open(folder.toString(), O_DIRECTORY | O_CLOEXEC, 0);
    return new Fd(Syscalls.check(fd, "open cgroup %s", folder));
  }

  private static boolean aarch64() {
    return System.getProperty("os.arch").equals("aarch64");
  }

  /** The C functions that only cgroups need. */
  public interface OpenLibc {
    @SaveError
    int open(String path, int flags, int mode);

    @SaveError
    int kill(int pid, int signal);

    @SaveError
    int mkdir(String path, int mode);

    @SaveError
    int rmdir(String path);
  }

  /** Loads on first use. */
  static final class Native {
    static final OpenLibc LIBC = LibraryLoader.create(OpenLibc.class).load("c");

    private Native() {}
  }
}
