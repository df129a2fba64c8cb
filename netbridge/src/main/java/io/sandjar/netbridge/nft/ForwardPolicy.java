package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.nft.ForwardRules.Way;
import io.sandjar.netbridge.nft.Nftables.ListedChain;
import io.sandjar.netbridge.nft.Nftables.ListedRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds other people's chains that drop forwarded packets unless a rule lets them through (Docker
 * and many firewalls have such). No accept in our own table can overrule them, and theirs are not
 * ours to change, so this says what to do.
 */
final class ForwardPolicy {

  private ForwardPolicy() {}

  /** One sentence for each chain that keeps the bridge's packets from being forwarded. */
  static List<String> warnings(Nftables nft, Table own, String bridge) throws IOException {
    List<String> warnings = new ArrayList<>();
    Map<Table, ForwardRules> read = new HashMap<>();
    for (ListedChain chain : nft.chains()) {
      Table table = new Table(chain.family(), chain.table());
      if (chain.hook() == Chain.Hook.FORWARD && routes(chain.family()) && !table.equals(own)) {
        ForwardRules rules = read.get(table);
        if (rules == null) {
          rules = rules(nft, table, bridge);
          read.put(table, rules);
        }
        List<Way> dropped = rules.dropped(chain.name(), chain.policy() == Chain.Policy.DROP);
        if (!dropped.isEmpty()) {
          warnings.add(warning(chain, table, bridge, dropped));
        }
      }
    }
    return warnings;
  }

  private static boolean routes(Family family) {
    return switch (family) {
      case INET, IP, IP6 -> true;
      case ARP, NETDEV, BRIDGE -> false;
    };
  }

  private static ForwardRules rules(Nftables nft, Table table, String bridge) throws IOException {
    Map<String, List<ForwardRules.Step>> chains = new HashMap<>();
    for (ListedRule rule : nft.rules(table)) {
      chains
          .computeIfAbsent(rule.chain(), chain -> new ArrayList<>())
          .add(new ListedStep(nft, table, bridge).read(rule));
    }
    return new ForwardRules(chain -> chains.getOrDefault(chain, List.of()));
  }

  private static String warning(ListedChain chain, Table table, String bridge, List<Way> dropped) {
    boolean iptables =
        chain.family() != Family.INET
            && chain.table().equals("filter")
            && chain.name().equals("FORWARD");
    String insert = "nft insert rule " + chain.family() + " " + chain.table() + " " + chain.name();
    String remedy =
        iptables
            ? remedy(chain.family() == Family.IP6 ? "ip6tables" : "iptables", bridge, dropped)
            : each(
                dropped,
                way ->
                    "%s %s %s accept"
                        .formatted(insert, way == Way.FROM ? "iifname" : "oifname", bridge));
    return sentence("chain " + chain.name() + " of " + table, bridge, dropped, remedy);
  }

  /** How iptables, or one of its kin, lets the bridge through. */
  static String remedy(String tool, String bridge, List<Way> dropped) {
    return each(
        dropped,
        way ->
            "%s -I FORWARD %s %s -j ACCEPT".formatted(tool, way == Way.FROM ? "-i" : "-o", bridge));
  }

  private static String each(List<Way> ways, Function<Way, String> command) {
    return ways.stream().map(command).collect(Collectors.joining("; "));
  }

  static String sentence(String chain, String bridge, List<Way> dropped, String remedy) {
    return chain
        + " drops forwarded packets, and has no rule that accepts all those "
        + dropped.stream().map(Way::toString).collect(Collectors.joining(" and "))
        + " "
        + bridge
        + ", so pods may be cut off from what is beyond it; let them through with: "
        + remedy;
  }
}
