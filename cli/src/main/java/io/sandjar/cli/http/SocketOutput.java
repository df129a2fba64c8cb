package io.sandjar.cli.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Writes a socket channel, whatever a reader of it does meanwhile. */
final class SocketOutput extends OutputStream {
  private final SocketChannel channel;

  SocketOutput(SocketChannel channel) {
    this.channel = channel;
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    var buffer = ByteBuffer.wrap(bytes, from, length);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
