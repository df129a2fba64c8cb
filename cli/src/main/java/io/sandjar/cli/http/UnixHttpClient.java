package io.sandjar.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * HTTP/1.1 over a unix socket, one connection a request: java.net.http speaks TCP only, and takes
 * 50 ms to load.
 */
public final class UnixHttpClient {
  private static final int CHUNK_BYTES = 32 * 1024;
  private static final byte[] CRLF = {'\r', '\n'};

  private final Path socket;

  public UnixHttpClient(Path socket) {
    this.socket = socket;
  }

  public Path socket() {
    return socket;
  }

  /** Sends a request; the caller closes the answer. */
  public HttpResponse send(HttpRequest request) throws IOException {
    var channel = connect();
    try {
      var out = new SocketOutput(channel);
      out.write(head(request).getBytes(StandardCharsets.ISO_8859_1));
      if (request.body().isPresent()) {
        sendBody(request.body().get(), out);
      }
      var in = new SocketInput(channel);
      return new HttpResponse(request.method(), HttpHead.read(in), channel, in);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private SocketChannel connect() throws DaemonUnreachableException {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new DaemonUnreachableException(socket, reason(e));
    }
  }

  /** The kernel's words for a missing socket are the same as for a missing folder. */
  private String reason(IOException error) {
    return Files.exists(socket) ? error.getMessage() : "no such socket";
  }

  private static String head(HttpRequest request) {
    var head = new StringBuilder(256);
    head.append(request.method()).append(' ').append(request.target()).append(" HTTP/1.1\r\n");
    head.append("Host: sandjar\r\n");
    request
        .headers()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (request.body().isPresent()) {
      head.append("Transfer-Encoding: chunked\r\n");
    }
    if (!request.headers().containsKey("Connection")) {
      head.append("Connection: close\r\n");
    }
    return head.append("\r\n").toString();
  }

  private static void sendBody(InputStream body, OutputStream out) throws IOException {
    var chunk = new byte[CHUNK_BYTES];
    for (int count = body.read(chunk); count >= 0; count = body.read(chunk)) {
      if (count > 0 && !sent(out, chunk, count)) {
        return;
      }
    }
    sent(out, chunk, 0);
  }

  /**
   * Sends one chunk, of which an empty one is the last.
   *
   * @return false where the daemon has hung up: it may answer before it has read all, and its
   *     answer, not the broken pipe, says why
   */
  private static boolean sent(OutputStream out, byte[] chunk, int count) {
    try {
      out.write(Integer.toHexString(count).getBytes(StandardCharsets.US_ASCII));
      out.write(CRLF);
      out.write(chunk, 0, count);
      out.write(CRLF);
      return true;
    } catch (IOException hungUp) {
      return false;
    }
  }
}
