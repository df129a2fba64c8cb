package io.sandjar.runtime.daemon;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;

/** Finds the addresses that the node is known by. */
final class NodeAddresses {

  private NodeAddresses() {}

  /**
   * The configured one, or else the first global address of an interface that is up; without any,
   * loopback's.
   */
  static List<String> of(Optional<String> configured, String bridge) throws SocketException {
    if (configured.isPresent()) {
      return List.of(configured.get());
    }
    return NetworkInterface.networkInterfaces()
        .filter(candidate -> isUplink(candidate, bridge))
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLinkLocalAddress())
        .map(InetAddress::getHostAddress)
        .findFirst()
        .map(List::of)
        .orElse(List.of("127.0.0.1"));
  }

  /** Not loopback, and not the pods' own bridge or what hangs on it. */
  private static boolean isUplink(NetworkInterface candidate, String bridge) {
    try {
      String name = candidate.getName();
      return candidate.isUp()
          && !candidate.isLoopback()
          && !name.equals(bridge)
          && !name.startsWith("cbr")
          && !name.startsWith("sj")
          && !name.startsWith("cni")
          && !name.startsWith("docker");
    } catch (SocketException gone) {
      return false;
    }
  }
}
