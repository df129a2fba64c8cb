package io.sandjar.cli.stream;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.WebSocket;
import java.io.IOException;
import java.util.Optional;

/**
 * The numbered channels that Kubernetes carries in one WebSocket: the first byte of a message says
 * which one it belongs to.
 */
final class Channels implements AutoCloseable {
  private static final String V5 = "v5.channel.k8s.io";
  private static final String V4 = "v4.channel.k8s.io";

  /** v5: the second byte names a channel on which no more follows. */
  private static final int END = 255;

  private final WebSocket socket;

  /** What came on a channel. */
  record Message(int channel, byte[] bytes) {
    int length() {
      return bytes.length - 1;
    }

    /** Where the content begins, after the channel's number. */
    int from() {
      return 1;
    }

    String text() {
      return new String(bytes, 1, length(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  private Channels(WebSocket socket) {
    this.socket = socket;
  }

  static Channels open(Context context, String path) throws IOException {
    return new Channels(new WebSocket(context.ask(WebSocket.request(path, V5, V4))));
  }

  /** The next message that is not empty of a channel; nothing at the end. */
  Optional<Message> read() throws IOException {
    while (true) {
      var bytes = socket.read();
      if (bytes.isEmpty()) {
        return Optional.empty();
      }
      if (bytes.get().length > 0) {
        return Optional.of(new Message(bytes.get()[0] & 0xff, bytes.get()));
      }
    }
  }

  void write(int channel, byte[] bytes, int length) throws IOException {
    socket.write(new byte[] {(byte) channel}, bytes, 0, length);
  }

  /** Says that no more follows on a channel, if the protocol knows a way to. */
  void end(int channel) throws IOException {
    if (socket.protocol().equals(V5)) {
      write(END, new byte[] {(byte) channel}, 1);
    }
  }

  /** The channel that an end message is about, if it is one. */
  static Optional<Integer> ended(Message message) {
    return message.channel() == END && message.length() > 0
        ? Optional.of(message.bytes()[1] & 0xff)
        : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
