package io.sandjar.runtime.daemon.doctor;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;

/** Whether the sockets are the daemon's, and closed to others: who writes to one is root. */
final class SocketCheck implements Check {
  private static final String AREA = "sockets";
  private static final String RESTART = "restart the daemon: systemctl restart sandjar";

  private final List<Path> sockets;

  SocketCheck(List<Path> sockets) {
    this.sockets = sockets;
  }

  @Override
  public List<Finding> findings() throws IOException {
    return sockets.stream().map(SocketCheck::finding).toList();
  }

  private static Finding finding(Path socket) {
    if (!Files.exists(socket)) {
      return Finding.failure(AREA, socket + " was removed, and nobody can connect", RESTART);
    }
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(socket);
      if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
        return Finding.warning(
            AREA, socket + " may be written to by everybody, who so is root", "chmod o= " + socket);
      }
      SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
      return Finding.ok(AREA, socket + " answers");
    } catch (IOException refused) {
      return Finding.failure(AREA, socket + ": " + refused.getMessage(), RESTART);
    }
  }
}
