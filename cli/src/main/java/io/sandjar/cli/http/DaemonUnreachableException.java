package io.sandjar.cli.http;

import java.io.IOException;
import java.nio.file.Path;

/** Nobody answers on the daemon's socket, or not to this user. */
public final class DaemonUnreachableException extends IOException {
  private static final long serialVersionUID = 1L;

  DaemonUnreachableException(Path socket, String reason) {
    super(
        "cannot reach the daemon at "
            + socket
            + ": "
            + reason
            + (reason != null && reason.contains("ermission")
                ? "; only root and its group may: try sudo"
                : "; is it running? Start it with 'sandjar daemon', or name its socket with"
                    + " --socket or SANDJAR_SOCKET"));
  }
}
