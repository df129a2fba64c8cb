package io.sandjar.netbridge.cni;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a network answered to an ADD, as far as a runtime wants to know it.
 *
 * @param addresses the addresses of the container's interface with their prefix length, in the
 *     plugin's order
 * @param interfaces all interfaces that were made, on either side
 * @param dns nameservers, domain, search and options, where the network has an opinion
 */
public record CniResult(
    List<String> addresses, List<Interface> interfaces, Map<String, Object> dns) {

  /** An interface that a plugin made; {@code sandbox} is empty on the host's side. */
  public record Interface(String name, String mac, String sandbox) {}

  /** Reads a result of any supported version. */
  public static CniResult of(Map<String, Object> document, String ifName) {
    List<Interface> interfaces = new ArrayList<>();
    for (Object each : list(document.get("interfaces"))) {
      if (each instanceof Map<?, ?> one) {
        interfaces.add(new Interface(text(one, "name"), text(one, "mac"), text(one, "sandbox")));
      }
    }
    List<String> addresses = new ArrayList<>();
    for (Object each : list(document.get("ips"))) {
      if (each instanceof Map<?, ?> ip && isOfContainer(ip, interfaces, ifName)) {
        addresses.add(text(ip, "address"));
      }
    }
    Map<String, Object> dns = new java.util.LinkedHashMap<>();
    if (document.get("dns") instanceof Map<?, ?> given) {
      given.forEach((key, value) -> dns.put(String.valueOf(key), value));
    }
    return new CniResult(List.copyOf(addresses), List.copyOf(interfaces), dns);
  }

  /** An address without an interface, or with one that is not listed, is the container's. */
  private static boolean isOfContainer(Map<?, ?> ip, List<Interface> interfaces, String ifName) {
    if (!(ip.get("interface") instanceof Number index)
        || index.intValue() < 0
        || index.intValue() >= interfaces.size()) {
      return true;
    }
    Interface its = interfaces.get(index.intValue());
    return !its.sandbox().isEmpty() && its.name().equals(ifName);
  }

  private static List<?> list(Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static String text(Map<?, ?> document, String key) {
    return document.get(key) instanceof String text ? text : "";
  }
}
