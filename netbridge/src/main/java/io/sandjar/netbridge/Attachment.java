package io.sandjar.netbridge;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a sandbox is attached. The engine keeps it in the sandbox's state file ({@link #toMap}); it
 * is also the lease of the addresses, so whoever has all attachments knows which are taken.
 *
 * @param provider which network made it
 * @param addresses each with the prefix of its network, the primary one first
 * @param gateways the default routes' next hops
 * @param mac the pod interface's hardware address
 * @param podInterface the interface's name in the pod
 * @param hostInterface its other end on the host; may be empty for a CNI plugin's
 * @param namespacePath where the namespace is bound, or empty
 * @param details what the provider itself wants to find again
 */
public record Attachment(
    String sandboxId,
    String provider,
    String podNamespace,
    String podName,
    List<Cidr> addresses,
    List<InetAddress> gateways,
    String mac,
    int mtu,
    String podInterface,
    String hostInterface,
    String namespacePath,
    List<PortMapping> portMappings,
    Bandwidth bandwidth,
    Map<String, String> details) {

  public Attachment {
    addresses = List.copyOf(addresses);
    gateways = List.copyOf(gateways);
    portMappings = List.copyOf(portMappings);
    details = Map.copyOf(details);
  }

  /** The address that Kubernetes calls the pod's IP. */
  public InetAddress primaryAddress() {
    if (addresses.isEmpty()) {
      throw new IllegalStateException("sandbox " + sandboxId + " has no address");
    }
    return addresses.get(0).address();
  }

  /** Every address as text, the primary one first. */
  public List<String> ips() {
    return addresses.stream().map(a -> Cidr.text(a.address())).toList();
  }

  /** As a plain JSON document. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("sandboxId", sandboxId);
    map.put("provider", provider);
    map.put("podNamespace", podNamespace);
    map.put("podName", podName);
    map.put("addresses", addresses.stream().map(Cidr::toString).toList());
    map.put("gateways", gateways.stream().map(Cidr::text).toList());
    map.put("mac", mac);
    map.put("mtu", mtu);
    map.put("podInterface", podInterface);
    map.put("hostInterface", hostInterface);
    map.put("namespacePath", namespacePath);
    map.put("portMappings", portMappings.stream().map(PortMapping::toMap).toList());
    map.put("ingressBitsPerSecond", bandwidth.ingress());
    map.put("egressBitsPerSecond", bandwidth.egress());
    map.put("details", details);
    return map;
  }

  /** Reads what {@link #toMap} wrote. */
  public static Attachment fromMap(Map<?, ?> map) {
    Map<String, String> details = new LinkedHashMap<>();
    ((Map<?, ?>) map.get("details")).forEach((k, v) -> details.put((String) k, (String) v));
    return new Attachment(
        text(map, "sandboxId"),
        text(map, "provider"),
        text(map, "podNamespace"),
        text(map, "podName"),
        ((List<?>) map.get("addresses")).stream().map(a -> Cidr.parse((String) a)).toList(),
        ((List<?>) map.get("gateways")).stream().map(a -> Cidr.address((String) a)).toList(),
        text(map, "mac"),
        ((Number) map.get("mtu")).intValue(),
        text(map, "podInterface"),
        text(map, "hostInterface"),
        text(map, "namespacePath"),
        ((List<?>) map.get("portMappings"))
            .stream().map(m -> PortMapping.fromMap((Map<?, ?>) m)).toList(),
        new Bandwidth(
            ((Number) map.get("ingressBitsPerSecond")).longValue(),
            ((Number) map.get("egressBitsPerSecond")).longValue()),
        details);
  }

  private static String text(Map<?, ?> map, String key) {
    if (map.get(key) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("an attachment's " + key + " is " + map.get(key));
  }
}
