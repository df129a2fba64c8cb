package io.sandjar.runtime.stream;

/** How much may be sent before the peer has to open the window. */
final class SendWindow {
  static final int DEFAULT = 64 * 1024;

  private long size;
  private boolean managed;

  SendWindow() {
    this(DEFAULT);
  }

  SendWindow(int initial) {
    this.size = initial;
  }

  /** The peer manages its windows, and may now be sent so much more. */
  void open(int bytes) {
    managed = true;
    size += bytes;
  }

  /** How many of these bytes may be sent now. */
  int allows(int bytes) {
    return managed ? (int) Math.max(0, Math.min(size, bytes)) : bytes;
  }

  void sent(int bytes) {
    size -= bytes;
  }
}
