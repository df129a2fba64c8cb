package io.sandjar.runtime.stream;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * Takes one SPDY client's connection and carries it inside a WebSocket to the server, as kubectl
 * does since 1.30.
 */
final class SpdyTunnel implements AutoCloseable {
  private static final String SUBPROTOCOL = "SPDY/3.1+portforward.k8s.io";
  private static final int BINARY = 0x82;
  private static final int MASKED = 0x80;
  private static final int TWO_BYTE_LENGTH = 126;
  private static final int EIGHT_BYTE_LENGTH = 127;

  private final ServerSocket near = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final Socket far;

  /** What the server answered to the WebSocket's upgrade. */
  final String answer;

  SpdyTunnel(String url) throws IOException {
    var uri = URI.create(url);
    far = new Socket(uri.getHost(), uri.getPort());
    String request =
        """
        GET %s HTTP/1.1
        Host: test
        Connection: Upgrade
        Upgrade: websocket
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Protocol: %s

        """
            .formatted(uri.getRawPath(), SUBPROTOCOL)
            .replace("\n", "\r\n");
    far.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    var frames = new DataInputStream(new BufferedInputStream(far.getInputStream()));
    answer = head(frames);
    CompletableFuture.runAsync(() -> carry(frames));
  }

  /** Where the SPDY client goes. */
  String url() {
    return "http://127.0.0.1:" + near.getLocalPort() + "/";
  }

  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException(head.toString(StandardCharsets.US_ASCII));
      }
      head.write(next);
    }
    return head.toString(StandardCharsets.US_ASCII);
  }

  private void carry(DataInputStream frames) {
    try (Socket client = near.accept()) {
      head(client.getInputStream());
      client
          .getOutputStream()
          .write("HTTP/1.1 101 Switching Protocols\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      var back = CompletableFuture.runAsync(() -> unwrap(frames, client));
      wrap(client.getInputStream(), new DataOutputStream(far.getOutputStream()));
      back.join();
    } catch (IOException over) {
      // The test sees what is missing.
    }
  }

  private static void wrap(InputStream from, DataOutputStream to) throws IOException {
    byte[] bytes = new byte[4096];
    for (int length = from.read(bytes); length >= 0; length = from.read(bytes)) {
      to.writeByte(BINARY);
      // As few bytes as can hold the length, or it is an error.
      to.writeByte(MASKED | Math.min(length, TWO_BYTE_LENGTH));
      if (length >= TWO_BYTE_LENGTH) {
        to.writeShort(length);
      }
      // A mask of zeros changes nothing.
      to.writeInt(0);
      to.write(bytes, 0, length);
      to.flush();
    }
  }

  private static void unwrap(DataInputStream frames, Socket to) {
    try {
      while (frames.readUnsignedByte() == BINARY) {
        long length = frames.readUnsignedByte();
        if (length == TWO_BYTE_LENGTH) {
          length = frames.readUnsignedShort();
        } else if (length == EIGHT_BYTE_LENGTH) {
          length = frames.readLong();
        }
        to.getOutputStream().write(frames.readNBytes((int) length));
      }
      to.close();
    } catch (IOException over) {
      // The test sees what is missing.
    }
  }

  @Override
  public void close() throws IOException {
    far.close();
    near.close();
  }
}
