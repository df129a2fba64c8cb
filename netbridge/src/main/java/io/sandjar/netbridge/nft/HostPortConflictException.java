package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.PortMapping;
import java.io.IOException;

/** A host port that a second pod wants; says which pod has it. */
public final class HostPortConflictException extends IOException {
  private static final long serialVersionUID = 1L;

  HostPortConflictException(PortMapping wanted, String pod, PortMapping taken, String owner) {
    super(
        "host port "
            + wanted
            + " of pod "
            + pod
            + " is taken: pod "
            + owner
            + (pod.equals(owner) ? " itself" : "")
            + " has "
            + taken
            + "; stop one of them, or give it another hostPort or hostIP");
  }
}
