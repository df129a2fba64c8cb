package io.sandjar.cli;

/** A command cannot go on, for a reason that its message tells the person who typed it. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandException(String message) {
    super(message);
  }
}
