package io.sandjar.runtime.stream;

/** A terminal's size in characters. */
public record TerminalSize(int columns, int rows) {
  private static final int LARGEST = 0xffff;

  public TerminalSize {
    if (columns < 0 || columns > LARGEST || rows < 0 || rows > LARGEST) {
      throw new IllegalArgumentException("no terminal is " + columns + " by " + rows + " large");
    }
  }
}
