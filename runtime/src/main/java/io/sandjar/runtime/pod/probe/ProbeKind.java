package io.sandjar.runtime.pod.probe;

/** What a probe is for. The text begins the events about it. */
public enum ProbeKind {
  STARTUP("Startup"),
  LIVENESS("Liveness"),
  READINESS("Readiness");

  private final String text;

  ProbeKind(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
