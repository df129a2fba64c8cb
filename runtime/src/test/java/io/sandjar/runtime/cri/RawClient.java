package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A connection whose client writes what it likes, and need not read. */
final class RawClient implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  /** How often it looks for room that does not come, as nobody may ever read it. */
  private static final int LOOKS = 5;

  private final SocketChannel channel;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private boolean ended;

  RawClient(SocketAddress server) throws IOException {
    channel = SocketChannel.open(server);
    channel.configureBlocking(false);
  }

  /** Writes as much as the server takes: a server that has enough is right to take no more. */
  void write(byte[] bytes) {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    try {
      for (int looks = 0; left.hasRemaining() && looks < LOOKS; looks++) {
        if (channel.write(left) > 0) {
          looks = 0;
        } else {
          CriNode.pause();
        }
      }
    } catch (IOException hungUp) {
      ended = true;
    }
  }

  /** All that has come once it is enough or the server has hung up; that neither is so, fails. */
  String await(Predicate<String> enough) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      if (look()) {
        continue;
      }
      if (ended || enough.test(received())) {
        return received();
      }
      if (System.nanoTime() > end) {
        fail("the server neither says more nor hangs up after '" + received() + "'");
      }
      CriNode.pause();
    }
  }

  /** All that has come. */
  String received() {
    return received.toString(StandardCharsets.ISO_8859_1);
  }

  /** Takes what is there; false if nothing is. */
  boolean look() {
    ByteBuffer some = ByteBuffer.allocate(65_536);
    try {
      int count = channel.read(some);
      ended |= count < 0;
      received.write(some.array(), 0, Math.max(0, count));
      return count > 0;
    } catch (IOException reset) {
      ended = true;
      return false;
    }
  }

  void endOutput() {
    try {
      channel.shutdownOutput();
    } catch (IOException gone) {
      ended = true;
    }
  }

  /** Leaves as one does who was killed. */
  void abort() throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    }
    close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
