package io.sandjar.netbridge.pool;

import io.sandjar.netbridge.Cidr;
import java.io.IOException;

/** A network has no address left for a pod. */
public final class PoolExhaustedException extends IOException {
  private static final long serialVersionUID = 1L;

  PoolExhaustedException(Cidr network, int leased, int quarantined) {
    super(
        "no free address in the pod network "
            + network
            + ": "
            + leased
            + " leased, "
            + quarantined
            + " waiting for their link to vanish; delete pods or give the node a larger pod CIDR");
  }
}
