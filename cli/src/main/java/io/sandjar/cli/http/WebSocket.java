package io.sandjar.cli.http;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * The client's end of a WebSocket (RFC 6455) of binary messages, over a connection that was
 * upgraded. Written for a peer on this machine: frames carry a mask of zeros, which the RFC wants
 * random only to keep proxies between from being fooled.
 */
public final class WebSocket implements AutoCloseable {
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int CONTINUATION = 0;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int MAX_MESSAGE = 16 * 1024 * 1024;

  private final HttpResponse connection;
  private final DataInputStream in;
  private final OutputStream out;

  /**
   * @param connection the answer to {@link #request}; closed with this socket
   */
  public WebSocket(HttpResponse connection) throws IOException {
    if (!connection.isUpgraded()) {
      throw new IOException("the daemon answered without a WebSocket: " + connection.text());
    }
    this.connection = connection;
    this.in = new DataInputStream(connection.upgradedInput());
    this.out = connection.upgradedOutput();
  }

  /** What asks for a WebSocket, with the protocols above it that the client speaks, best first. */
  public static HttpRequest request(String target, String... protocols) {
    return HttpRequest.get(target)
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "c2FuZGphcnNhbmRqYXJzYQ==")
        .header("Sec-WebSocket-Protocol", String.join(", ", protocols));
  }

  /** The protocol that the daemon chose. */
  public String protocol() {
    return connection.header("Sec-WebSocket-Protocol").orElse("");
  }

  /** The next message; empty when the daemon has ended the conversation. */
  public Optional<byte[]> read() throws IOException {
    var message = new byte[0];
    while (true) {
      int first;
      try {
        first = in.readUnsignedByte();
      } catch (EOFException ended) {
        return Optional.empty();
      }
      var payload = payload();
      switch (first & 0x0f) {
        case CLOSE -> {
          return Optional.empty();
        }
        case PING -> send(PONG, new byte[0], payload, 0, payload.length);
        case PONG -> {}
        default -> {
          message = joined(message, payload, (first & 0x0f) == CONTINUATION);
          if ((first & FINAL) != 0) {
            return Optional.of(message);
          }
        }
      }
    }
  }

  private byte[] payload() throws IOException {
    int second = in.readUnsignedByte();
    long length = second & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    if (length < 0 || length > MAX_MESSAGE || (second & MASKED) != 0) {
      throw new IOException("the daemon sent a WebSocket frame that no server may send");
    }
    var payload = new byte[(int) length];
    in.readFully(payload);
    return payload;
  }

  private static byte[] joined(byte[] message, byte[] more, boolean continued) throws IOException {
    if (!continued || message.length == 0) {
      return more;
    }
    if (message.length + more.length > MAX_MESSAGE) {
      throw new IOException("the daemon sent a WebSocket message of over 16 MiB");
    }
    var joined = java.util.Arrays.copyOf(message, message.length + more.length);
    System.arraycopy(more, 0, joined, message.length, more.length);
    return joined;
  }

  /** Sends one message, which begins with {@code head}; may be called from any thread. */
  public void write(byte[] head, byte[] bytes, int from, int length) throws IOException {
    send(BINARY, head, bytes, from, length);
  }

  /** In one write, so that a frame's head is no packet of its own. */
  private synchronized void send(int opcode, byte[] head, byte[] bytes, int from, int length)
      throws IOException {
    int size = head.length + length;
    var frame = new java.io.ByteArrayOutputStream(size + 14);
    var data = new DataOutputStream(frame);
    data.writeByte(FINAL | opcode);
    if (size < 126) {
      data.writeByte(MASKED | size);
    } else if (size < 1 << 16) {
      data.writeByte(MASKED | 126);
      data.writeShort(size);
    } else {
      data.writeByte(MASKED | 127);
      data.writeLong(size);
    }
    data.writeInt(0); // the mask
    data.write(head);
    data.write(bytes, from, length);
    frame.writeTo(out);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
