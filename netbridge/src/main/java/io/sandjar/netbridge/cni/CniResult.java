package io.sandjar.netbridge.cni;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
    List<Address> addresses, List<Interface> interfaces, Map<String, Object> dns) {

  /**
   * An interface that a plugin made.
   *
   * @param mtu zero where the plugin did not say, as before 1.1.0
   * @param sandbox empty on the host's side
   */
  public record Interface(String name, String mac, int mtu, String sandbox) {
    public boolean isOnHost() {
      return sandbox.isEmpty();
    }
  }

  /** Reads a result of any supported version. */
  public static CniResult of(Map<String, Object> document, String ifName) {
    List<Interface> interfaces = new ArrayList<>();
    for (Object each : list(document.get("interfaces"))) {
      if (each instanceof Map<?, ?> one) {
        interfaces.add(
            new Interface(
                text(one, "name"),
                text(one, "mac"),
                one.get("mtu") instanceof Number mtu ? mtu.intValue() : 0,
                text(one, "sandbox")));
      }
    }
    List<Address> addresses = new ArrayList<>();
    for (Object each : list(document.get("ips"))) {
      if (each instanceof Map<?, ?> ip && isOfContainer(ip, interfaces, ifName)) {
        addresses.add(new Address(text(ip, "address"), text(ip, "gateway")));
      }
    }
    Map<String, Object> dns = new LinkedHashMap<>();
    if (document.get("dns") instanceof Map<?, ?> given) {
      given.forEach((key, value) -> dns.put(String.valueOf(key), value));
    }
    return new CniResult(List.copyOf(addresses), List.copyOf(interfaces), dns);
  }

  /** An address of the container and the next hop that goes with it, or an empty string. */
  public record Address(String address, String gateway) {}

  /** An address without an interface, or with one that is not listed, is the container's. */
  private static boolean isOfContainer(Map<?, ?> ip, List<Interface> interfaces, String ifName) {
    if (!(ip.get("interface") instanceof Number index)
        || index.intValue() < 0
        || index.intValue() >= interfaces.size()) {
      return true;
    }
    Interface its = interfaces.get(index.intValue());
    return !its.isOnHost() && its.name().equals(ifName);
  }

  private static List<?> list(Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static String text(Map<?, ?> document, String key) {
    return document.get(key) instanceof String text ? text : "";
  }
}
