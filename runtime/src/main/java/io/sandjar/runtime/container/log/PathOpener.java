package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.StreamCalls;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.ffi.Pointer;

/** Opens files with openat2(2), which can be told to follow no symbolic link. */
final class PathOpener {
  private static final long SYS_openat2 = 437;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;
  private static final long RESOLVE_BENEATH = 0x08;
  private static final int AT_FDCWD = -100;
  private static final int SIZEOF_OPEN_HOW = 24;

  private PathOpener() {}

  static Fd open(Path path, int flags) throws SyscallException {
    return new Fd((int) Syscalls.check(openat2(AT_FDCWD, path, flags, 0, 0), "open %s", path));
  }

  /** Opens what lies below the directory; a symbolic link on the way is an error (ELOOP). */
  static Fd openBelow(Fd directory, Path relative, int flags, int mode) throws SyscallException {
    long resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return new Fd(
        (int)
            Syscalls.check(
                openat2(directory.number(), relative, flags, mode, resolve),
                "open %s below the log directory (no symbolic link is followed there)",
                relative));
  }

  private static long openat2(int directory, Path path, int flags, int mode, long resolve) {
    var name = cString(path.toString());
    var how = Libc.runtime().getMemoryManager().allocateDirect(SIZEOF_OPEN_HOW);
    how.putLong(0, flags | StreamCalls.O_CLOEXEC);
    how.putLong(8, mode);
    how.putLong(16, resolve);
    try {
      return Libc.get()
          .syscall(SYS_openat2, directory, name.address(), how.address(), SIZEOF_OPEN_HOW, 0, 0);
    } finally {
      Reference.reachabilityFence(name);
      Reference.reachabilityFence(how);
    }
  }

  private static Pointer cString(String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    var memory = Libc.runtime().getMemoryManager().allocateDirect(bytes.length + 1, true);
    memory.put(0, bytes, 0, bytes.length);
    return memory;
  }
}
