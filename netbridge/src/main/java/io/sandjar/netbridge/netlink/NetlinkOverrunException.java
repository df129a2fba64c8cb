package io.sandjar.netbridge.netlink;

import java.io.IOException;

/** The kernel dropped messages because the socket's queue was full: what was known is stale. */
public final class NetlinkOverrunException extends IOException {
  private static final long serialVersionUID = 1L;

  NetlinkOverrunException(String tried) {
    super(tried + ": the kernel dropped messages because the receive queue was full");
  }
}
