package io.sandjar.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A socket whose answers a test writes byte by byte: what a real daemon would rarely send. */
public final class FakeDaemon implements AutoCloseable {

  /** Speaks with one client. */
  @FunctionalInterface
  public interface Conversation {
    void hold(SocketChannel client) throws IOException;
  }

  private final ServerSocketChannel server;

  public FakeDaemon(Path socket, Conversation conversation) throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    var thread =
        new Thread(
            () -> {
              while (server.isOpen()) {
                try (var client = server.accept()) {
                  conversation.hold(client);
                } catch (IOException clientLeft) {
                  // what the test asserts on is at the client's end
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  /** A daemon that reads one request's head and answers with this text. */
  public static FakeDaemon answering(Path socket, String answer) throws IOException {
    return new FakeDaemon(
        socket,
        client -> {
          receiveUntil(client, "\r\n\r\n");
          send(client, answer);
        });
  }

  public static String receiveUntil(SocketChannel client, String end) throws IOException {
    var text = new StringBuilder();
    var buffer = ByteBuffer.allocate(1);
    while (text.indexOf(end) < 0 && client.read(buffer.clear()) > 0) {
      text.append((char) buffer.get(0));
    }
    return text.toString();
  }

  public static void send(SocketChannel client, String text) throws IOException {
    client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
