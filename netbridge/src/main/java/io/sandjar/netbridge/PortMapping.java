package io.sandjar.netbridge;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A host port that leads to a pod's port.
 *
 * @param hostIp the one host address that it is open on, or empty for all
 */
public record PortMapping(Protocol protocol, int hostPort, int containerPort, String hostIp) {

  /** The transport protocols that Kubernetes knows. */
  public enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
      this.number = number;
    }

    /** IPPROTO_*. */
    public int number() {
      return number;
    }
  }

  public PortMapping {
    hostIp = hostIp == null ? "" : hostIp;
    if (hostPort < 1 || hostPort > 65535) {
      throw new IllegalArgumentException("host port " + hostPort + " is not between 1 and 65535");
    }
    if (containerPort < 1 || containerPort > 65535) {
      throw new IllegalArgumentException(
          "container port " + containerPort + " is not between 1 and 65535");
    }
    if (!hostIp.isEmpty()) {
      Cidr.address(hostIp);
    }
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("protocol", protocol.name());
    map.put("hostPort", hostPort);
    map.put("containerPort", containerPort);
    map.put("hostIp", hostIp);
    return map;
  }

  static PortMapping fromMap(Map<?, ?> map) {
    return new PortMapping(
        Protocol.valueOf((String) map.get("protocol")),
        ((Number) map.get("hostPort")).intValue(),
        ((Number) map.get("containerPort")).intValue(),
        (String) map.get("hostIp"));
  }

  @Override
  public String toString() {
    String host = hostIp.contains(":") ? "[" + hostIp + "]" : hostIp;
    return (host.isEmpty() ? "" : host + ":")
        + hostPort
        + "->"
        + containerPort
        + "/"
        + protocol.name().toLowerCase(java.util.Locale.ROOT);
  }
}
