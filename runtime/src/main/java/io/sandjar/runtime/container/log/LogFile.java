package io.sandjar.runtime.container.log;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.StreamCalls;
import java.io.IOException;
import java.nio.file.Files;

/** A log that is appended to. Nothing below the log directory is reached by a symbolic link. */
final class LogFile implements AutoCloseable {
  private static final int O_WRONLY = 0x1;
  private static final int O_CREAT = 0x40;
  private static final int O_APPEND = 0x400;
  private static final int O_NONBLOCK = StreamCalls.O_NONBLOCK;
  private static final int O_PATH = 0x200000;

  /** 0x10000 on x86, 0x4000 on ARM. */
  private static final int O_DIRECTORY =
      "amd64".equals(System.getProperty("os.arch")) ? 0x10000 : 0x4000;

  /** statx(2). */
  private static final int AT_EMPTY_PATH = 0x1000;

  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int SIZEOF_STATX = 256;
  private static final int STX_MODE = 28;
  private static final int STX_INO = 32;
  private static final int STX_SIZE = 40;
  private static final int STX_DEV_MAJOR = 136;
  private static final int STX_DEV_MINOR = 140;
  private static final int S_IFMT = 0170000;
  private static final int S_IFREG = 0100000;

  /** Readable for the group that the operator gives the log directory to, as other runtimes do. */
  private static final int FILE_MODE = 0640;

  private static final int DIRECTORY_MODE = 0755;

  private final LogPath path;
  private final Fd fd;
  private final Identity identity;
  private long length;

  private LogFile(LogPath path, Fd fd, Identity identity, long length) {
    this.path = path;
    this.fd = fd;
    this.identity = identity;
    this.length = length;
  }

  /** Which file it is, whatever its name is by now. */
  record Identity(long device, long inode) {}

  /** Opens the log, and makes it and its folders if they are missing. */
  static LogFile open(LogPath path) throws IOException {
    Files.createDirectories(path.directory());
    try (Fd directory = PathOpener.open(path.directory(), O_PATH | O_DIRECTORY)) {
      makeParents(path, directory);
      var fd =
          PathOpener.openBelow(
              directory, path.relative(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, FILE_MODE);
      try {
        return opened(path, fd);
      } catch (IOException e) {
        fd.close();
        throw e;
      }
    }
  }

  private static LogFile opened(LogPath path, Fd fd) throws IOException {
    var stat = Libc.runtime().getMemoryManager().allocateDirect(SIZEOF_STATX);
    Syscalls.check(
        StreamCalls.get().statx(fd.number(), "", AT_EMPTY_PATH, STATX_BASIC_STATS, stat),
        "look at the log %s",
        path);
    if ((stat.getShort(STX_MODE) & S_IFMT) != S_IFREG) {
      throw new IOException("the log " + path + " is not a regular file");
    }
    long device =
        (long) stat.getInt(STX_DEV_MAJOR) << Integer.SIZE
            | Integer.toUnsignedLong(stat.getInt(STX_DEV_MINOR));
    var identity = new Identity(device, stat.getLong(STX_INO));
    return new LogFile(path, fd, identity, stat.getLong(STX_SIZE));
  }

  private static void makeParents(LogPath path, Fd directory) throws SyscallException {
    var parent = path.relative().getParent();
    if (parent == null) {
      return;
    }
    for (int depth = 1; depth <= parent.getNameCount(); depth++) {
      var folder = parent.subpath(0, depth);
      try (Fd above =
          depth == 1
              ? null
              : PathOpener.openBelow(
                  directory, parent.subpath(0, depth - 1), O_PATH | O_DIRECTORY, 0)) {
        int made =
            StreamCalls.get()
                .mkdirat(
                    above == null ? directory.number() : above.number(),
                    folder.getFileName().toString(),
                    DIRECTORY_MODE);
        if (made == -1 && Libc.runtime().getLastError() != Errno.EEXIST.number()) {
          Syscalls.check(-1, "make the folder %s of the log %s", folder, path);
        }
      }
    }
  }

  Identity identity() {
    return identity;
  }

  /** How long it is by what was appended here; others may have cut it meanwhile. */
  long length() {
    return length;
  }

  /**
   * Appends native memory. On failure (a full disk) a part may have been written: the caller cuts
   * the log back.
   */
  void append(long address, int count) throws SyscallException {
    int written = 0;
    while (written < count) {
      long part = StreamCalls.get().write(fd.number(), address + written, count - written);
      if (part == -1) {
        if (Libc.runtime().getLastError() == Errno.EINTR.number()) {
          continue;
        }
        Syscalls.check(-1, "append to the log %s", path);
      }
      written += (int) part;
      length += part;
    }
  }

  /** Takes away what was appended after the length; a file that is shorter stays as it is. */
  void cutTo(long committed) throws SyscallException {
    if (length > committed) {
      Syscalls.check(
          StreamCalls.get().ftruncate(fd.number(), committed),
          "cut the log %s to %d bytes",
          path,
          committed);
      length = committed;
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
