package io.sandjar.cli.stream;

import io.sandjar.cli.Context;
import picocli.CommandLine.Option;

/** The options that say which streams a session has. */
public final class SessionOptions {

  @Option(
      names = {"-i", "--stdin"},
      description = "Pass this command's input on.")
  private boolean stdin;

  @Option(
      names = {"-t", "--tty"},
      description = "The input is a terminal.")
  private boolean terminal;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only what the program prints.")
  private boolean quiet;

  public boolean stdin() {
    return stdin;
  }

  public boolean quiet() {
    return quiet;
  }

  /** Whether {@code -t} was given, whatever this command's own input is. */
  public boolean wantsTerminal() {
    return terminal;
  }

  /** Whether the session is to have a terminal; says why where that is not what was asked. */
  public boolean terminal(Context context) {
    if (!terminal || !stdin) {
      return false;
    }
    if (!context.terminal().input()) {
      context
          .err()
          .println("Unable to use a TTY - input is not a terminal or the right kind of file");
      context.err().flush();
      return false;
    }
    return true;
  }
}
