package io.sandjar.netbridge.routes;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Another node: its pods' networks and the addresses it is reached by. As a line of text: {@code
 * node-b 10.2.0.0/24,fd02::/64 192.168.0.2,fd00::2}.
 */
public record Peer(
    String name, List<Cidr> podCidrs, List<InetAddress> nodeAddresses, Source source) {

  /** Where a peer is known from. */
  public enum Source {
    CONFIG,
    FILE,
    RUNTIME
  }

  public Peer {
    if (name.isBlank() || name.chars().anyMatch(Peer::isNoPartOfAName)) {
      throw new IllegalArgumentException("'" + name + "' is no name for a node");
    }
    podCidrs = podCidrs.stream().map(Cidr::network).toList();
    nodeAddresses = List.copyOf(nodeAddresses);
    if (podCidrs.isEmpty() || nodeAddresses.isEmpty()) {
      throw new IllegalArgumentException(
          "node " + name + " needs at least one pod network and one address");
    }
  }

  /** Also what stands for bytes that are no UTF-8. */
  private static boolean isNoPartOfAName(int c) {
    return Character.isWhitespace(c) || Character.isISOControl(c) || c == '#' || c == '\ufffd';
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException that says what is wrong with it
   */
  public static Peer parse(String line, Source source) {
    String[] words = line.strip().split("\\s+");
    if (words.length != 3) {
      throw new IllegalArgumentException(
          "'"
              + line.strip()
              + "' is no peer: it must be NAME POD-CIDR[,POD-CIDR] ADDRESS[,ADDRESS]");
    }
    return new Peer(
        words[0],
        List.of(words[1].split(",")).stream().map(Cidr::parse).toList(),
        List.of(words[2].split(",")).stream().map(Cidr::address).toList(),
        source);
  }

  public Optional<InetAddress> nodeAddress(IpFamily family) {
    return nodeAddresses.stream().filter(a -> IpFamily.of(a) == family).findFirst();
  }

  /** The line that {@link #parse} reads. */
  public String toLine() {
    return name
        + " "
        + podCidrs.stream().map(Cidr::toString).collect(Collectors.joining(","))
        + " "
        + nodeAddresses.stream().map(Cidr::text).collect(Collectors.joining(","));
  }
}
