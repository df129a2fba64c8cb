package io.sandjar.cli.terminal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/**
 * An input whose end a program on a terminal sees. A terminal has no end but a key, Ctrl-D, which
 * counts for one read: so it is pressed again and again.
 */
public final class EndKeys extends FilterInputStream {
  private static final int CTRL_D = 4;
  private static final long MILLIS_BETWEEN = 500;

  private boolean ended;

  public EndKeys(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    read(one, 0, 1);
    return one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    int count = ended ? -1 : super.read(bytes, from, length);
    if (count >= 0) {
      return count;
    }
    if (ended) {
      pause();
    }
    ended = true;
    bytes[from] = CTRL_D;
    return 1;
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(MILLIS_BETWEEN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted at the end of the input");
    }
  }
}
