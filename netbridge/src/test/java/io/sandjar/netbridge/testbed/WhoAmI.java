package io.sandjar.netbridge.testbed;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A server inside a namespace, on TCP and UDP, that answers {@code NAME ADDRESS}: its name and the
 * address that it sees the client at.
 */
public final class WhoAmI implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;

  /** After which nobody answers any more who is reached. */
  private static final int SILENCE_MILLIS = 1000;

  private static final int LONGEST = 200;

  private final String name;
  private final ServerSocket tcp;
  private final DatagramSocket udp;

  private WhoAmI(String name, ServerSocket tcp, DatagramSocket udp) {
    this.name = name;
    this.tcp = tcp;
    this.udp = udp;
  }

  public static WhoAmI start(NetworkNamespace namespace, String name, int port) throws IOException {
    return start(namespace, name, new InetSocketAddress(port));
  }

  public static WhoAmI start(NetworkNamespace namespace, String name, InetSocketAddress address)
      throws IOException {
    // A socket belongs to the namespace of the thread that made it, for ever.
    WhoAmI server =
        namespace.call(
            () -> {
              ServerSocket tcp = new ServerSocket();
              tcp.bind(address);
              return new WhoAmI(name, tcp, new DatagramSocket(address));
            });
    background(server::serveTcp);
    background(server::serveUdp);
    return server;
  }

  private static void background(Runnable work) {
    Thread thread = new Thread(work, "who-am-i");
    thread.setDaemon(true);
    thread.start();
  }

  private void serveTcp() {
    try {
      while (true) {
        try (Socket client = tcp.accept()) {
          client.getOutputStream().write(answer(client.getInetAddress()));
        }
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void serveUdp() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[LONGEST], LONGEST);
        udp.receive(packet);
        byte[] answer = answer(packet.getAddress());
        udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private byte[] answer(InetAddress client) {
    return (name + " " + client.getHostAddress()).getBytes(StandardCharsets.UTF_8);
  }

  /** Connects from a namespace and answers what the server says. */
  public static String askTcp(NetworkNamespace from, InetAddress address, int port)
      throws IOException {
    return askTcp(from, address, port, PATIENCE_MILLIS);
  }

  /** That nobody answers who connects from a namespace. */
  public static void assertNoTcp(NetworkNamespace from, InetAddress address, int port) {
    assertThrows(IOException.class, () -> askTcp(from, address, port, SILENCE_MILLIS));
  }

  private static String askTcp(NetworkNamespace from, InetAddress address, int port, int millis)
      throws IOException {
    return from.call(
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), millis);
            socket.setSoTimeout(millis);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          }
        });
  }

  /** Sends a packet from a namespace and answers what the server says. */
  public static String askUdp(NetworkNamespace from, InetAddress address, int port)
      throws IOException {
    try (DatagramSocket socket = from.call(() -> new DatagramSocket())) {
      return askUdp(socket, address, port);
    }
  }

  /** Sends a packet from a client's socket and answers what the server says. */
  public static String askUdp(DatagramSocket socket, InetAddress address, int port)
      throws IOException {
    return askUdp(socket, address, port, PATIENCE_MILLIS);
  }

  /** That nobody answers a packet from a client's socket. */
  public static void assertNoUdp(DatagramSocket socket, InetAddress address, int port) {
    assertThrows(IOException.class, () -> askUdp(socket, address, port, SILENCE_MILLIS));
  }

  private static String askUdp(DatagramSocket socket, InetAddress address, int port, int millis)
      throws IOException {
    socket.setSoTimeout(millis);
    socket.send(new DatagramPacket(new byte[] {'?'}, 1, new InetSocketAddress(address, port)));
    DatagramPacket answer = new DatagramPacket(new byte[LONGEST], LONGEST);
    socket.receive(answer);
    return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    tcp.close();
    udp.close();
  }
}
