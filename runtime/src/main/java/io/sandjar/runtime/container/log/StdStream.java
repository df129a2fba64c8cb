package io.sandjar.runtime.container.log;

/** A container's output stream, by the name that the log gives it. */
public enum StdStream {
  STDOUT("stdout"),
  STDERR("stderr");

  private final String label;

  StdStream(String label) {
    this.label = label;
  }

  /** As it stands in a log record. */
  public String label() {
    return label;
  }
}
