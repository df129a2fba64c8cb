package io.sandjar.runtime.linux;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.SaveError;

/**
 * Reads files below an open folder that is a container's root.
 *
 * <p>Links are followed, but inside the root only ({@code openat2} with RESOLVE_IN_ROOT). The file
 * is opened without effect first (O_PATH) and read only if it is a regular one: opening a fifo
 * would block, and opening a device can do anything. No more is read than the bound, whatever size
 * the file claims to have.
 */
public final class MountedRootfsFiles implements RootfsFiles {
  private static final long SYS_OPENAT2 = 437; // The same number on every architecture.
  private static final long O_PATH = 0x200000;
  private static final long O_CLOEXEC = 0x80000;
  private static final int O_NONBLOCK = 0x800;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_IN_ROOT = 0x10;
  private static final int OPEN_HOW_BYTES = 24;

  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_TYPE = 0x1;
  private static final int STATX_BYTES = 256;
  private static final int STX_MODE = 28;
  private static final int S_IFMT = 0xf000;
  private static final int S_IFREG = 0x8000;

  private static final int CHUNK = 65_536;
  private static final int MAX_BYTES = 4 << 20;

  private final Fd root;

  /**
   * @param root the open folder; O_PATH is enough. The caller closes it
   */
  public MountedRootfsFiles(Fd root) {
    this.root = root;
  }

  @Override
  public Optional<byte[]> read(String path) throws IOException {
    try (Fd found = open(path)) {
      requireRegular(found, path);
      return Optional.of(readAll(found, path));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Fd open(String path) throws SyscallException {
    byte[] bytes = (path + "\0").getBytes(StandardCharsets.UTF_8);
    Pointer name = Memory.allocateDirect(Libc.runtime(), bytes.length);
    name.put(0, bytes, 0, bytes.length);
    Pointer how = Memory.allocateDirect(Libc.runtime(), OPEN_HOW_BYTES, true);
    how.putLong(0, O_PATH | O_CLOEXEC);
    how.putLong(8, 0);
    how.putLong(16, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    long fd;
    do {
      fd =
          Libc.get()
              .syscall(
                  SYS_OPENAT2, root.number(), name.address(), how.address(), OPEN_HOW_BYTES, 0, 0);
      // Something was renamed or mounted while a link led upwards: the kernel asks to try again.
    } while (fd == -1 && Libc.runtime().getLastError() == Errno.EAGAIN.number());
    int checked = (int) Syscalls.check(fd, "open %s in the root filesystem", path);
    java.lang.ref.Reference.reachabilityFence(name);
    java.lang.ref.Reference.reachabilityFence(how);
    return new Fd(checked);
  }

  private static void requireRegular(Fd file, String path) throws IOException {
    Pointer stat = Memory.allocateDirect(Libc.runtime(), STATX_BYTES, true);
    Syscalls.check(
        Native.LIBC.statx(file.number(), "", AT_EMPTY_PATH, STATX_TYPE, stat),
        "stat %s in the root filesystem",
        path);
    if ((stat.getShort(STX_MODE) & S_IFMT) != S_IFREG) {
      throw new IOException(path + " in the root filesystem is not a regular file");
    }
  }

  private static byte[] readAll(Fd found, String path) throws IOException {
    // The one way from an O_PATH fd to a readable one of the very same file.
    int fd = Native.LIBC.open("/proc/self/fd/" + found.number(), O_NONBLOCK | (int) O_CLOEXEC, 0);
    try (Fd file = new Fd(Syscalls.check(fd, "read %s in the root filesystem", path))) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte[] chunk = new byte[CHUNK];
      while (true) {
        long count =
            Syscalls.check(
                Libc.get().read(file.number(), chunk, CHUNK),
                "read %s in the root filesystem",
                path);
        if (count == 0) {
          return content.toByteArray();
        }
        if (content.size() + count > MAX_BYTES) {
          throw new IOException(
              path + " in the root filesystem is larger than " + MAX_BYTES + " bytes");
        }
        content.write(chunk, 0, (int) count);
      }
    }
  }

  /** The C functions that only this needs. */
  public interface FileLibc {
    @SaveError
    int open(String path, int flags, int mode);

    @SaveError
    int statx(int folder, String path, int flags, int mask, Pointer result);
  }

  /** Loads on first use. */
  private static final class Native {
    static final FileLibc LIBC = LibraryLoader.create(FileLibc.class).load("c");
  }
}
