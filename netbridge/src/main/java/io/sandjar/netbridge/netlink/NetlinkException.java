package io.sandjar.netbridge.netlink;

import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;

/** A request that the kernel refused, with the kernel's own explanation where it gave one. */
public final class NetlinkException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final String explanation;

  NetlinkException(String tried, int errno, String explanation) {
    super(
        tried
            + ": "
            + new Errno(errno).within("the kernel's table")
            + (explanation.isEmpty() ? "" : ": " + explanation));
    this.errno = errno;
    this.explanation = explanation;
  }

  public Errno errno() {
    return new Errno(errno);
  }

  public boolean is(Errno other) {
    return errno == other.number();
  }

  /** The extended acknowledgement's text, or an empty string. */
  public String explanation() {
    return explanation;
  }
}
