package io.sandjar.runtime.stream;

/** How much may be sent before the peer has to open the window. */
final class SendWindow {
  static final int DEFAULT = 64 * 1024;

  private long size;

  SendWindow(int initial) {
    this.size = initial;
  }

  void open(long bytes) {
    size += bytes;
  }

  /** How many of these bytes may be sent now. */
  int allows(int bytes) {
    return (int) Math.max(0, Math.min(size, bytes));
  }

  void sent(int bytes) {
    size -= bytes;
  }
}
