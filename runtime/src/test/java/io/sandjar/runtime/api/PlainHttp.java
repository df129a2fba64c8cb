package io.sandjar.runtime.api;

import io.sandjar.runtime.image.registry.TrustsAnyone;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * A client that sends just the headers it is told to, on unix sockets too: one request, one answer.
 */
public final class PlainHttp {
  private final Connector connector;

  private interface Connector {
    Connection connect() throws IOException;
  }

  private record Connection(AutoCloseable closing, InputStream in, OutputStream out) {
    static Connection of(Socket socket) throws IOException {
      return new Connection(socket, socket.getInputStream(), socket.getOutputStream());
    }
  }

  private PlainHttp(Connector connector) {
    this.connector = connector;
  }

  public static PlainHttp on(Path socket) {
    return new PlainHttp(
        () -> {
          var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
          return new Connection(
              channel, Channels.newInputStream(channel), Channels.newOutputStream(channel));
        });
  }

  public static PlainHttp on(InetSocketAddress address) {
    return new PlainHttp(() -> Connection.of(new Socket(address.getAddress(), address.getPort())));
  }

  /** Behind TLS, whoever the server says it is. */
  public static PlainHttp onTls(InetSocketAddress address) {
    return new PlainHttp(
        () -> {
          try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustsAnyone()}, null);
            return Connection.of(
                context.getSocketFactory().createSocket(address.getAddress(), address.getPort()));
          } catch (GeneralSecurityException e) {
            throw new IOException(e);
          }
        });
  }

  /** What came back: the status, and everything behind the head. */
  public record Answer(int status, String head, String body) {}

  public Answer get(String path, String... headers) throws IOException {
    return send("GET", path, "", headers);
  }

  /** Sends a request; a Host header is only there if the caller names one. */
  public Answer send(String method, String path, String body, String... headers)
      throws IOException {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nConnection: close\r\n");
    List.of(headers).forEach(header -> head.append(header).append("\r\n"));
    head.append("Content-Length: ").append(content.length).append("\r\n\r\n");
    var connection = connector.connect();
    try {
      connection.out().write(head.toString().getBytes(StandardCharsets.US_ASCII));
      connection.out().write(content);
      connection.out().flush();
      return parsed(new String(connection.in().readAllBytes(), StandardCharsets.UTF_8));
    } finally {
      close(connection);
    }
  }

  private static void close(Connection connection) throws IOException {
    try {
      connection.closing().close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static Answer parsed(String text) throws IOException {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException("no HTTP answer but '" + text + "'");
    }
    int status = Integer.parseInt(text.split(" ", 3)[1]);
    return new Answer(status, text.substring(0, end), text.substring(end + 4));
  }
}
