package io.sandjar.netbridge.testbed;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * The first packet of an SCTP association, sent and received as a raw one: so what becomes of its
 * port on the way is seen on kernels too that track SCTP but have no sockets for it.
 */
public final class SctpInit {
  private static final int AF_INET = 2;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int IPPROTO_SCTP = 132;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int TIMEOUT_SECONDS = 10;
  private static final int SOCKADDR_IN = 16;
  private static final int SOURCE_PORT = 40_000;
  private static final int CHECKSUM = 8;
  private static final int LONGEST = 2048;

  private SctpInit() {}

  /** Sends one to an address and port, and answers at which port it arrives at the receiver. */
  public static int arrivesAt(
      NetworkNamespace sender, InetAddress address, int port, NetworkNamespace receiver)
      throws IOException {
    try (Fd in = receiver.call(SctpInit::open);
        Fd out = sender.call(SctpInit::open)) {
      Pointer timeout = Memory.allocateDirect(Libc.runtime(), 16, true);
      timeout.putLong(0, TIMEOUT_SECONDS);
      Syscalls.check(
          Libc.get().setsockopt(in.number(), SOL_SOCKET, SO_RCVTIMEO, timeout, 16),
          "set a timeout");
      send(out, address, packet(port));
      Pointer buffer = Memory.allocateDirect(Libc.runtime(), LONGEST, true);
      Syscalls.check(
          Libc.get().recvfrom(in.number(), buffer, LONGEST, 0, null, null),
          "receive an SCTP packet");
      // The internet header, whose length is in words, comes with it.
      int ports = 4 * (buffer.getByte(0) & 0xf);
      return Byte.toUnsignedInt(buffer.getByte(ports + 2L)) << 8
          | Byte.toUnsignedInt(buffer.getByte(ports + 3L));
    }
  }

  private static Fd open() throws IOException {
    int number = Libc.get().socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP);
    Syscalls.check(number, "open a raw socket for SCTP");
    return new Fd(number);
  }

  private static void send(Fd socket, InetAddress address, byte[] packet) throws IOException {
    Pointer to = Memory.allocateDirect(Libc.runtime(), SOCKADDR_IN, true);
    to.putShort(0, (short) AF_INET);
    to.put(4, address.getAddress(), 0, 4);
    Pointer bytes = Memory.allocateDirect(Libc.runtime(), packet.length, true);
    bytes.put(0, packet, 0, packet.length);
    Syscalls.check(
        Libc.get().sendto(socket.number(), bytes, packet.length, 0, to, SOCKADDR_IN),
        "send an SCTP packet to %s",
        address);
  }

  /** The common header and an INIT chunk, see RFC 9260. */
  private static byte[] packet(int port) {
    ByteBuffer packet = ByteBuffer.allocate(32);
    packet.putShort((short) SOURCE_PORT).putShort((short) port).putInt(0).putInt(0);
    packet.put((byte) 1).put((byte) 0).putShort((short) 20);
    packet.putInt(0x5a11d7a1).putInt(65536).putShort((short) 1).putShort((short) 1).putInt(1);
    CRC32C checksum = new CRC32C();
    checksum.update(packet.array());
    packet.order(ByteOrder.LITTLE_ENDIAN).putInt(CHECKSUM, (int) checksum.getValue());
    return packet.array();
  }
}
