package io.sandjar.runtime.stream;

/** Which of a process's streams a client wants, and whether it is a terminal. */
public record StdioOptions(boolean stdin, boolean stdout, boolean stderr, boolean terminal) {

  public StdioOptions {
    if (terminal && stderr) {
      throw new IllegalArgumentException("a terminal has no stderr of its own: tty and stderr");
    }
    if (!stdin && !stdout && !stderr) {
      throw new IllegalArgumentException("one of stdin, stdout and stderr must be set");
    }
  }
}
