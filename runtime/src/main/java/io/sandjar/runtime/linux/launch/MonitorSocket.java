package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.LaunchCalls;
import io.sandjar.runtime.linux.OpenFiles;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A socket beside the exit file, at which a monitor gives copies of its files to whoever may open
 * it: for a daemon that is forbidden to take them by pidfd_getfd(2), as by Yama's ptrace_scope 3.
 */
final class MonitorSocket {
  static final int SOL_SOCKET = 1;
  static final int SCM_RIGHTS = 1;

  /** struct cmsghdr: length, level, type. */
  static final int CMSG_HEADER_BYTES = 16;

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_NONBLOCK = OpenFiles.O_NONBLOCK;
  private static final int SOCK_CLOEXEC = OpenFiles.O_CLOEXEC;
  private static final int BACKLOG = 4;
  private static final int ROOT_ONLY = 0600;
  private static final int ADDRESS_BYTES = 110;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

  // struct msghdr and struct iovec on machines of 64 bits.
  private static final int MSGHDR_BYTES = 56;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;
  private static final int MSG_FLAGS = 48;
  private static final int IOVEC_BYTES = 16;

  private MonitorSocket() {}

  static Path at(Path exitFile) {
    return exitFile.resolveSibling(exitFile.getFileName() + ".sock");
  }

  /** One that is bound nowhere yet. */
  static Fd open() throws IOException {
    return new Fd(
        Syscalls.check(
            Libc.get().socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
            "make a monitor's socket"));
  }

  /** Listens; nobody but root may connect. */
  static Fd listen(Path exitFile) throws IOException {
    Path path = at(exitFile);
    Files.deleteIfExists(path);
    Fd socket = open();
    try (Fd folder = folderOf(path)) {
      var calls = LaunchCalls.get();
      // Of a socket's file, this is the mode that bind(2) makes it with.
      Syscalls.check(calls.fchmod(socket.number(), ROOT_ONLY), "restrict %s", path);
      Pointer address = address(folder, path);
      Syscalls.check(
          Libc.get().bind(socket.number(), address, ADDRESS_BYTES), "bind a socket to %s", path);
      Reference.reachabilityFence(address);
      Syscalls.check(calls.listen(socket.number(), BACKLOG), "listen on %s", path);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * What the monitor holds, in the order of its record.
   *
   * @param most how many there can be
   */
  static List<Fd> receive(Path exitFile, int most, Duration bound) throws IOException {
    Path path = at(exitFile);
    try (Fd socket = open();
        Fd folder = folderOf(path)) {
      Pointer address = address(folder, path);
      Syscalls.check(
          LaunchCalls.get().connect(socket.number(), address, ADDRESS_BYTES),
          "connect to the monitor at %s",
          path);
      Reference.reachabilityFence(address);
      if (!OpenFiles.awaitReadable(socket, bound)) {
        throw new IOException(
            "the monitor at " + path + " has sent nothing within " + bound.toSeconds() + " s");
      }
      return receive(socket, most, path);
    }
  }

  private static List<Fd> receive(Fd socket, int most, Path path) throws IOException {
    var runtime = Libc.runtime();
    int controlBytes = CMSG_HEADER_BYTES + (most + most % 2) * Integer.BYTES;
    Pointer control = Memory.allocateDirect(runtime, controlBytes, true);
    Pointer message = Memory.allocateDirect(runtime, MSGHDR_BYTES, true);
    Pointer iovec = Memory.allocateDirect(runtime, IOVEC_BYTES, true);
    Pointer content = Memory.allocateDirect(runtime, Long.BYTES, true);
    iovec.putPointer(0, content);
    iovec.putLong(Long.BYTES, 1);
    message.putPointer(MSG_IOV, iovec);
    message.putLong(MSG_IOVLEN, 1);
    message.putPointer(MSG_CONTROL, control);
    message.putLong(MSG_CONTROLLEN, controlBytes);
    Syscalls.check(
        Libc.get().recvmsg(socket.number(), message, MSG_CMSG_CLOEXEC),
        "receive the files of the monitor at %s",
        path);
    Reference.reachabilityFence(iovec);
    Reference.reachabilityFence(content);
    List<Fd> received = new ArrayList<>();
    boolean rights =
        message.getLong(MSG_CONTROLLEN) >= CMSG_HEADER_BYTES
            && control.getInt(Long.BYTES) == SOL_SOCKET
            && control.getInt(Long.BYTES + Integer.BYTES) == SCM_RIGHTS;
    if (rights) {
      long count = (control.getLong(0) - CMSG_HEADER_BYTES) / Integer.BYTES;
      for (int i = 0; i < count; i++) {
        received.add(new Fd(control.getInt(CMSG_HEADER_BYTES + (long) i * Integer.BYTES)));
      }
    }
    if (received.isEmpty() || (message.getInt(MSG_FLAGS) & MSG_CTRUNC) != 0) {
      received.forEach(Fd::close);
      throw new IOException(
          "the monitor at "
              + path
              + " gave less than it holds: this process may have too many files open");
    }
    return received;
  }

  private static Fd folderOf(Path path) throws IOException {
    return OpenFiles.open(path.getParent(), OpenFiles.O_PATH | OpenFiles.O_DIRECTORY);
  }

  /** By its folder's descriptor, since an address takes 107 bytes and a path may have more. */
  private static Pointer address(Fd folder, Path path) {
    byte[] name =
        ("/proc/self/fd/" + folder.number() + "/" + path.getFileName())
            .getBytes(StandardCharsets.UTF_8);
    Pointer address = Memory.allocateDirect(Libc.runtime(), ADDRESS_BYTES, true);
    address.putShort(0, (short) AF_UNIX);
    address.put(Short.BYTES, name, 0, name.length);
    return address;
  }
}
