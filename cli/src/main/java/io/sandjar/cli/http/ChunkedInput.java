package io.sandjar.cli.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A body in chunked transfer coding (RFC 9112, section 7.1); trailers are read and dropped. */
final class ChunkedInput extends InputStream {
  private final InputStream in;
  private long left;
  private boolean first = true;
  private boolean ended;

  ChunkedInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) == -1 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (left == 0 && !nextChunk()) {
      return -1;
    }
    int count = in.read(target, from, (int) Math.min(length, left));
    if (count < 0) {
      throw new EOFException("the daemon cut its answer short");
    }
    left -= count;
    return count;
  }

  /** Reads the next chunk's size; false at the last one. */
  private boolean nextChunk() throws IOException {
    if (ended) {
      return false;
    }
    if (!first) {
      HttpHead.readLine(in);
    }
    first = false;
    var line = HttpHead.readLine(in);
    int semicolon = line.indexOf(';');
    var size = (semicolon < 0 ? line : line.substring(0, semicolon)).trim();
    try {
      left = Long.parseLong(size, 16);
    } catch (NumberFormatException e) {
      throw new IOException("the daemon's answer is not HTTP: chunk size '" + size + "'");
    }
    if (left > 0) {
      return true;
    }
    ended = true;
    while (!HttpHead.readLine(in).isEmpty()) {
      // a trailer
    }
    return false;
  }
}
