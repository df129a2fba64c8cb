package io.sandjar.runtime.linux.file;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open folder, and what is done to the entries directly in it.
 *
 * <p>Every name is one component and no call follows a symbolic link, so that nothing outside this
 * folder can be reached, whatever it holds. Names are those of {@link FileName}.
 */
public final class Folder implements AutoCloseable {
  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_CLOEXEC = 02000000;
  // These two have other numbers on arm64 than on x86: its <asm/fcntl.h> overrides the generic
  // ones.
  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  private static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int PATH_MAX = 4096;
  private static final int XATTR_SIZE_MAX = 65536;
  private static final byte[] NOTHING = {};

  /** Bytes; most folders that are removed with a pod have a handful. */
  private static final int FEW_ENTRIES = 4096;

  private static final int MANY_ENTRIES = 32 * 1024;

  private final FileCalls calls = FileCalls.get();
  private final Fd fd;

  private Folder(int fd) {
    this.fd = new Fd(fd);
  }

  /** Opens a folder that the engine itself owns, by its path. */
  public static Folder open(Path path) throws SyscallException {
    return new Folder(
        Syscalls.check(
            FileCalls.get()
                .openat(
                    AT_FDCWD,
                    FileName.terminated(FileName.ofText(path.toString())),
                    O_DIRECTORY | O_CLOEXEC,
                    0),
            "open folder %s",
            path));
  }

  public Folder openFolder(String name) throws SyscallException {
    return new Folder(
        Syscalls.check(
            calls.openat(fd.number(), single(name), O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0),
            "open folder %s",
            FileName.toText(name)));
  }

  /** Opens a folder without anything to catch if it is not one. */
  public Optional<Folder> tryOpenFolder(String name) {
    int opened = calls.openat(fd.number(), single(name), O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    return opened < 0 ? Optional.empty() : Optional.of(new Folder(opened));
  }

  /** Opens a regular file of this folder for reading. */
  public Fd openFile(String name) throws SyscallException {
    return new Fd(
        Syscalls.check(
            calls.openat(fd.number(), single(name), O_NOFOLLOW | O_CLOEXEC, 0),
            "open file %s",
            FileName.toText(name)));
  }

  /** Creates a file that must not exist, private until its permissions are set. */
  public NewFile createFile(String name) throws SyscallException {
    return new NewFile(
        Syscalls.check(
            calls.openat(
                fd.number(),
                single(name),
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600),
            "create file %s",
            FileName.toText(name)),
        name);
  }

  public void makeFolder(String name, int permissions) throws SyscallException {
    Syscalls.check(
        calls.mkdirat(fd.number(), single(name), permissions),
        "create folder %s",
        FileName.toText(name));
  }

  public void makeSymlink(String name, String target) throws SyscallException {
    Syscalls.check(
        calls.symlinkat(FileName.terminated(target), fd.number(), single(name)),
        "create symlink %s to %s",
        FileName.toText(name),
        FileName.toText(target));
  }

  /** A device or fifo: {@code mode} has the type bits. */
  public void makeNode(String name, int mode, int major, int minor) throws SyscallException {
    Syscalls.check(
        calls.mknodat(fd.number(), single(name), mode, device(major, minor)),
        "create device or fifo %s",
        FileName.toText(name));
  }

  /** A hard link here to an entry of {@code from}; a symlink itself is linked, not its target. */
  public void link(Folder from, String existing, String name) throws SyscallException {
    Syscalls.check(
        calls.linkat(from.fd.number(), single(existing), fd.number(), single(name), 0),
        "link %s to %s",
        FileName.toText(name),
        FileName.toText(existing));
  }

  /** Moves an entry of this folder to another of the same file system. */
  public void move(String name, Folder to, String newName) throws SyscallException {
    Syscalls.check(
        calls.renameat(fd.number(), single(name), to.fd.number(), single(newName)),
        "move %s to %s",
        FileName.toText(name),
        FileName.toText(newName));
  }

  public void unlink(String name) throws SyscallException {
    Syscalls.check(
        calls.unlinkat(fd.number(), single(name), 0), "remove %s", FileName.toText(name));
  }

  public void removeFolder(String name) throws SyscallException {
    Syscalls.check(
        calls.unlinkat(fd.number(), single(name), AT_REMOVEDIR),
        "remove folder %s",
        FileName.toText(name));
  }

  public String readSymlink(String name) throws SyscallException {
    byte[] target = new byte[PATH_MAX];
    long length =
        Syscalls.check(
            calls.readlinkat(fd.number(), single(name), target, target.length),
            "read symlink %s",
            FileName.toText(name));
    return FileName.of(target, 0, (int) length);
  }

  /** An entry's status, or nothing if there is no such entry. */
  public Optional<FileStatus> status(String name) throws SyscallException {
    byte[] statx = new byte[FileStatus.STRUCT_STATX];
    try {
      Syscalls.check(
          calls.statx(fd.number(), single(name), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, statx),
          "look at %s",
          FileName.toText(name));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
    return Optional.of(FileStatus.decode(statx));
  }

  /** This folder's own status. */
  public FileStatus status() throws SyscallException {
    byte[] statx = new byte[FileStatus.STRUCT_STATX];
    Syscalls.check(
        calls.statx(fd.number(), new byte[1], AT_EMPTY_PATH, STATX_BASIC_STATS, statx),
        "look at a folder");
    return FileStatus.decode(statx);
  }

  /** The names of all entries. */
  public List<String> names() throws SyscallException {
    var names = new ArrayList<String>();
    Syscalls.check(calls.lseek(fd.number(), 0, 0), "rewind a folder");
    byte[] raw = new byte[FEW_ENTRIES];
    while (true) {
      int length =
          (int) Syscalls.check(calls.getdents64(fd.number(), raw, raw.length), "list a folder");
      if (length == 0) {
        return names;
      }
      var entries = ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder());
      // struct linux_dirent64: ino(8) off(8) reclen(2) type(1) name
      for (int at = 0; at < length; at += Short.toUnsignedInt(entries.getShort(at + 16))) {
        int end = at + 19;
        while (raw[end] != 0) {
          end++;
        }
        String name = FileName.of(raw, at + 19, end);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
        }
      }
      if (raw.length == FEW_ENTRIES && length > FEW_ENTRIES / 2) {
        raw = new byte[MANY_ENTRIES];
      }
    }
  }

  public void setOwner(int uid, int gid) throws SyscallException {
    Syscalls.check(calls.fchown(fd.number(), uid, gid), "set a folder's owner to %d:%d", uid, gid);
  }

  public void setPermissions(int mode) throws SyscallException {
    Syscalls.check(calls.fchmod(fd.number(), mode), "set a folder's mode to %o", mode);
  }

  public void setTimes(Times times) throws SyscallException {
    Syscalls.check(calls.futimens(fd.number(), times.encode()), "set a folder's times");
  }

  public void setXattr(String name, byte[] value) throws SyscallException {
    Syscalls.check(
        calls.fsetxattr(fd.number(), FileName.terminated(name), value, value.length, 0),
        "set xattr %s of a folder",
        FileName.toText(name));
  }

  /** Owner of an entry that cannot be opened: a symlink, device or fifo. */
  public void setOwner(String name, int uid, int gid) throws SyscallException {
    Syscalls.check(
        calls.fchownat(fd.number(), single(name), uid, gid, AT_SYMLINK_NOFOLLOW),
        "set the owner of %s to %d:%d",
        FileName.toText(name),
        uid,
        gid);
  }

  /** Permissions of a device or fifo; never of a symlink, which fchmodat(2) would follow. */
  public void setPermissions(String name, int mode) throws SyscallException {
    Syscalls.check(
        calls.fchmodat(fd.number(), single(name), mode, 0),
        "set the mode of %s to %o",
        FileName.toText(name),
        mode);
  }

  public void setTimes(String name, Times times) throws SyscallException {
    Syscalls.check(
        calls.utimensat(fd.number(), single(name), times.encode(), AT_SYMLINK_NOFOLLOW),
        "set the times of %s",
        FileName.toText(name));
  }

  public void setXattr(String entry, String name, byte[] value) throws SyscallException {
    Syscalls.check(
        calls.lsetxattr(procPath(entry), FileName.terminated(name), value, value.length, 0),
        "set xattr %s of %s",
        FileName.toText(name),
        FileName.toText(entry));
  }

  /** All extended attributes of an entry; an empty map where the file system has none. */
  public Map<String, byte[]> xattrs(String entry) throws SyscallException {
    byte[] path = procPath(entry);
    if (calls.llistxattr(path, NOTHING, 0) <= 0) {
      return Map.of();
    }
    byte[] list = new byte[XATTR_SIZE_MAX];
    long length = Math.max(0, calls.llistxattr(path, list, list.length));
    var xattrs = new LinkedHashMap<String, byte[]>();
    for (String name : FileName.of(list, 0, (int) length).split("\0")) {
      byte[] value = new byte[XATTR_SIZE_MAX];
      long size = calls.lgetxattr(path, FileName.terminated(name), value, value.length);
      if (size >= 0) {
        xattrs.put(name, Arrays.copyOf(value, (int) size));
      }
    }
    return xattrs;
  }

  /** This folder's own extended attributes. */
  public Map<String, byte[]> xattrs() throws SyscallException {
    return xattrs(".");
  }

  /** Brings all of the file system that this folder lies on to the disk. */
  public void syncFileSystem() throws SyscallException {
    Syscalls.check(calls.syncfs(fd.number()), "bring the file system to the disk (syncfs)");
  }

  public boolean isOpen() {
    return fd.isOpen();
  }

  public int number() {
    return fd.number();
  }

  @Override
  public void close() {
    fd.close();
  }

  /**
   * xattr calls have no form relative to a folder; this path goes through our own fd, and its last
   * component is not followed by the l...xattr calls.
   */
  private byte[] procPath(String entry) {
    byte[] start = ("/proc/self/fd/" + fd.number() + '/').getBytes(StandardCharsets.ISO_8859_1);
    byte[] name = single(entry);
    byte[] path = Arrays.copyOf(start, start.length + name.length);
    System.arraycopy(name, 0, path, start.length, name.length);
    return path;
  }

  private static byte[] single(String name) {
    if (name.isEmpty() || name.equals("..") || name.indexOf('/') >= 0 || name.indexOf(0) >= 0) {
      throw new IllegalArgumentException("not one file name: \"" + FileName.toText(name) + '"');
    }
    return FileName.terminated(name);
  }

  /** glibc's makedev(3). */
  private static long device(int major, int minor) {
    long high = Integer.toUnsignedLong(major);
    long low = Integer.toUnsignedLong(minor);
    return ((high & 0xfffff000L) << 32)
        | ((high & 0xfffL) << 8)
        | ((low & 0xffffff00L) << 12)
        | (low & 0xffL);
  }
}
