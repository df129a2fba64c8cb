package io.sandjar.runtime.cri;

import java.lang.System.Logger.Level;

/** What a subscription holds open, closed once when its client leaves, however early that is. */
final class OpenSubscription {
  private static final System.Logger LOG = System.getLogger(OpenSubscription.class.getName());

  private final String rpc;
  private AutoCloseable source;
  private boolean clientLeft;

  OpenSubscription(String rpc) {
    this.rpc = rpc;
  }

  /** Takes the source; the client may have left while it was opened. */
  void opened(AutoCloseable source) {
    synchronized (this) {
      if (!clientLeft) {
        this.source = source;
        return;
      }
    }
    end(source);
  }

  void close() {
    AutoCloseable open;
    synchronized (this) {
      clientLeft = true;
      open = source;
      source = null;
    }
    if (open != null) {
      end(open);
    }
  }

  private void end(AutoCloseable open) {
    try {
      open.close();
    } catch (Exception e) {
      LOG.log(Level.WARNING, rpc + ": ending the subscription failed", e);
    }
  }
}
