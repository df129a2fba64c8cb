package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.ffi.Memory;

/** The service manager's end of sd_notify(3). */
final class NotifySocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int MESSAGE_BYTES = 4096;

  private final Fd fd;

  NotifySocket(Path path) throws IOException {
    var libc = Libc.get();
    fd = new Fd(Syscalls.check(libc.socket(AF_UNIX, SOCK_DGRAM, 0), "open a datagram socket"));
    var name = path.toString().getBytes(StandardCharsets.UTF_8);
    var address = Memory.allocateDirect(Libc.runtime(), name.length + 2, true);
    address.putShort(0, (short) AF_UNIX);
    address.put(2, name, 0, name.length);
    Syscalls.check(libc.bind(fd.number(), address, name.length + 2), "bind %s", path);
    var timeout = Memory.allocateDirect(Libc.runtime(), 16, true);
    timeout.putLong(0, DaemonProcess.START_SECONDS);
    Syscalls.check(
        libc.setsockopt(fd.number(), SOL_SOCKET, SO_RCVTIMEO, timeout, 16), "set a time limit");
  }

  /** The next message. */
  String receive() throws IOException {
    var message = new byte[MESSAGE_BYTES];
    long count =
        Syscalls.check(
            Libc.get().read(fd.number(), message, message.length), "receive a notification");
    return new String(message, 0, (int) count, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    fd.close();
  }
}
