package io.sandjar.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The daemon's answer, whose body is read as it arrives; closing it closes the connection. */
public final class HttpResponse implements AutoCloseable {
  private static final int SWITCHING_PROTOCOLS = 101;

  private final HttpHead head;
  private final SocketChannel channel;
  private final InputStream in;
  private final InputStream body;

  HttpResponse(String method, HttpHead head, SocketChannel channel, InputStream in) {
    this.head = head;
    this.channel = channel;
    this.in = in;
    this.body = body(method);
  }

  private InputStream body(String method) {
    if (method.equals("HEAD") || head.status() == 204 || head.status() == 304) {
      return InputStream.nullInputStream();
    }
    if (head.header("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent()) {
      return new ChunkedInput(in);
    }
    return head.header("Content-Length")
        .<InputStream>map(length -> new FixedInput(in, Long.parseLong(length)))
        .orElse(in);
  }

  public int status() {
    return head.status();
  }

  public boolean isSuccess() {
    return head.status() / 100 == 2;
  }

  /** Whether the daemon agreed to the protocol that the request's Upgrade header asked for. */
  public boolean isUpgraded() {
    return head.status() == SWITCHING_PROTOCOLS;
  }

  public Optional<String> header(String name) {
    return head.header(name);
  }

  public InputStream body() {
    return body;
  }

  public String text() throws IOException {
    return new String(body.readAllBytes(), StandardCharsets.UTF_8);
  }

  /** What the daemon sends after an upgrade. */
  public InputStream upgradedInput() {
    return in;
  }

  /** What is sent to the daemon after an upgrade; may be written while another thread reads. */
  public OutputStream upgradedOutput() {
    return new SocketOutput(channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
