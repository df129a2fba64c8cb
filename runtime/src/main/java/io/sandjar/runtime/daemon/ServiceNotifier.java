package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Memory;

/** Tells the service manager how far the daemon is: sd_notify(3), spoken directly. */
final class ServiceNotifier {
  private static final System.Logger LOG = System.getLogger(ServiceNotifier.class.getName());

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SUN_PATH = 2;
  private static final int SUN_PATH_BYTES = 108;

  private final String socket;

  /**
   * @param socket the content of NOTIFY_SOCKET, or null where no service manager listens
   */
  ServiceNotifier(String socket) {
    this.socket = socket;
  }

  void ready() {
    send("READY=1\nSTATUS=Serving pods");
  }

  void stopping() {
    send("STOPPING=1\nSTATUS=Leaving containers running");
  }

  private void send(String message) {
    if (socket == null || socket.isEmpty()) {
      return;
    }
    try {
      send(message.getBytes(StandardCharsets.UTF_8));
    } catch (SyscallException e) {
      // The service manager's timeout will tell the rest; the daemon itself works.
      LOG.log(Level.WARNING, "telling the service manager failed: " + e.getMessage());
    }
  }

  private void send(byte[] message) throws SyscallException {
    var path = socket.getBytes(StandardCharsets.UTF_8);
    if (path.length >= SUN_PATH_BYTES) {
      throw new IllegalArgumentException("NOTIFY_SOCKET is too long for a unix socket: " + socket);
    }
    if (path[0] == '@') {
      path[0] = 0; // an abstract name, see unix(7)
    }
    var libc = Libc.get();
    var runtime = Libc.runtime();
    var address = Memory.allocateDirect(runtime, SUN_PATH + path.length);
    address.putShort(0, (short) AF_UNIX);
    address.put(SUN_PATH, path, 0, path.length);
    var text = Memory.allocateDirect(runtime, message.length);
    text.put(0, message, 0, message.length);
    try (var fd =
        new Fd(
            Syscalls.check(
                libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a datagram socket"))) {
      Syscalls.check(
          libc.sendto(fd.number(), text, message.length, 0, address, SUN_PATH + path.length),
          "send to the service manager at %s",
          socket);
      Reference.reachabilityFence(text);
      Reference.reachabilityFence(address);
    }
  }
}
