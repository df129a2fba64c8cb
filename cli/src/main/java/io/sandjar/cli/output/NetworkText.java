package io.sandjar.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The daemon's picture of the pod network as text for people. */
public final class NetworkText {
  private static final String NONE = "<none>";

  private NetworkText() {}

  public static String overview(Map<String, Object> network) {
    var facts = new ArrayList<List<String>>();
    boolean ready = Boolean.TRUE.equals(network.get("ready"));
    facts.add(List.of("Network:", text(network, "provider") + (ready ? ", ready" : ", NOT READY")));
    if (!ready) {
      facts.add(List.of("Because:", text(network, "message")));
    }
    if (network.get("node") instanceof Map<?, ?> node) {
      var uplink = String.valueOf(node.get("uplink"));
      facts.add(
          List.of(
              "Node:",
              node.get("name")
                  + " "
                  + joined(node.get("addresses"))
                  + (uplink.isEmpty() ? "" : " by " + uplink)));
    }
    if (network.get("bridge") instanceof Map<?, ?> bridge) {
      facts.add(
          List.of(
              "Bridge:",
              bridge.get("name")
                  + " "
                  + joined(bridge.get("addresses"))
                  + ", MTU "
                  + bridge.get("mtu")));
    }
    for (var pool : maps(network.get("pools"))) {
      facts.add(List.of("Pod CIDR:", pool(pool)));
    }
    var text = new StringBuilder(TextTable.text(facts));
    for (var warning : list(network.get("warnings"))) {
      text.append("Warning: ").append(warning).append('\n');
    }
    if (network.containsKey("pods")) {
      text.append('\n').append(pods(maps(network.get("pods"))));
      if (!"cni".equals(network.get("way"))) {
        // Where plugins make the network, the ways to other nodes are theirs to know.
        text.append('\n').append(routes(maps(network.get("routes"))));
      }
    }
    return text.toString();
  }

  private static String pool(Map<String, Object> pool) {
    var quarantined = ((Number) pool.get("quarantined")).intValue();
    return "%s, %s of %s addresses in use%s"
        .formatted(
            pool.get("podCIDR"),
            pool.get("leased"),
            pool.get("capacity"),
            quarantined == 0 ? "" : ", " + quarantined + " in quarantine");
  }

  public static String pods(List<Map<String, Object>> pods) {
    if (pods.isEmpty()) {
      return "No pods are attached.\n";
    }
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("NAMESPACE", "NAME", "IP", "INTERFACE", "HOST PORTS"));
    for (var pod : pods) {
      rows.add(
          List.of(
              text(pod, "namespace"),
              text(pod, "name"),
              joined(pod.get("ips")),
              text(pod, "interface"),
              joined(pod.get("hostPorts"))));
    }
    return TextTable.text(rows);
  }

  public static String routes(List<Map<String, Object>> routes) {
    if (routes.isEmpty()) {
      return "No other nodes are known.\n";
    }
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("NODE", "POD CIDR", "ADDRESS", "FROM"));
    for (var route : routes) {
      rows.add(
          List.of(
              text(route, "name"),
              joined(route.get("podCIDRs")),
              joined(route.get("addresses")),
              text(route, "source")));
    }
    return TextTable.text(rows);
  }

  private static String text(Map<String, Object> map, String key) {
    return String.valueOf(map.getOrDefault(key, ""));
  }

  private static String joined(Object list) {
    var items = list(list);
    return items.isEmpty()
        ? NONE
        : items.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static List<?> list(Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> maps(Object value) {
    return (List<Map<String, Object>>) list(value);
  }
}
