package io.sandjar.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The process's output, which ends the command when nobody reads it any more: {@code sandjar get
 * pods -w | head} is done when head is. A PrintStream alone would swallow that and go on.
 */
final class StandardOutput extends OutputStream {
  private final FileOutputStream file;

  StandardOutput(FileDescriptor descriptor) {
    this.file = new FileOutputStream(descriptor);
  }

  /** The output takes no more; unchecked, since a PrintStream keeps IOExceptions to itself. */
  static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Lost(IOException cause) {
      super("write the output: " + cause.getMessage(), cause);
    }

    /** Whether its reader left, which is no failure that needs words. */
    boolean isClosedPipe() {
      return String.valueOf(getCause().getMessage()).contains("Broken pipe");
    }
  }

  @Override
  public void write(int octet) {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    try {
      file.write(bytes, from, length);
    } catch (IOException e) {
      throw new Lost(e);
    }
  }
}
