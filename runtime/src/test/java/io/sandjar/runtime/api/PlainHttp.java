package io.sandjar.runtime.api;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A client that sends just the bytes it is told to, also on unix sockets: one request, one answer.
 */
public final class PlainHttp {
  private final SocketAddress server;

  private PlainHttp(SocketAddress server) {
    this.server = server;
  }

  public static PlainHttp on(Path socket) {
    return new PlainHttp(UnixDomainSocketAddress.of(socket));
  }

  public static PlainHttp on(InetSocketAddress address) {
    return new PlainHttp(address);
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
    var family =
        server instanceof UnixDomainSocketAddress
            ? StandardProtocolFamily.UNIX
            : StandardProtocolFamily.INET;
    try (var channel = SocketChannel.open(family)) {
      channel.connect(server);
      write(channel, head.toString().getBytes(StandardCharsets.US_ASCII));
      write(channel, content);
      var answer = Channels.newInputStream(channel).readAllBytes();
      return parsed(new String(answer, StandardCharsets.UTF_8));
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    var rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest);
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
