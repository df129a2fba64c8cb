package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.nft.Nftables.ListedChain;
import io.sandjar.netbridge.nft.Nftables.ListedExpression;
import io.sandjar.netbridge.nft.Nftables.ListedRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds other people's chains that drop forwarded packets unless a rule lets them through (Docker
 * and many firewalls set such a policy). No accept in our own table can overrule them, and theirs
 * are not ours to change, so this says what to do.
 */
final class ForwardPolicy {
  private static final int NFTA_CMP_DATA = 3;

  private ForwardPolicy() {}

  /** One sentence for each chain that keeps the bridge's packets from being forwarded. */
  static List<String> warnings(Nftables nft, Table own, String bridge) throws IOException {
    List<String> warnings = new ArrayList<>();
    for (ListedChain chain : nft.chains()) {
      boolean drops = chain.hook() == Chain.Hook.FORWARD && chain.policy() == Chain.Policy.DROP;
      boolean ip =
          switch (chain.family()) {
            case INET, IP, IP6 -> true;
            case ARP, NETDEV, BRIDGE -> false;
          };
      Table table = new Table(chain.family(), chain.table());
      if (drops && ip && !table.equals(own) && !letsThrough(nft.rules(table), bridge)) {
        warnings.add(warning(chain, table, bridge));
      }
    }
    return warnings;
  }

  private static String warning(ListedChain chain, Table table, String bridge) {
    boolean iptables =
        chain.family() != Family.INET
            && chain.table().equals("filter")
            && chain.name().equals("FORWARD");
    String insert = "nft insert rule " + chain.family() + " " + chain.table() + " " + chain.name();
    String remedy =
        iptables
            ? remedy(chain.family() == Family.IP6 ? "ip6tables" : "iptables", bridge)
            : insert
                + " iifname "
                + bridge
                + " accept; "
                + insert
                + " oifname "
                + bridge
                + " accept";
    return sentence("chain " + chain.name() + " of " + table, bridge, remedy);
  }

  /** How iptables, or one of its kin, lets the bridge through. */
  static String remedy(String tool, String bridge) {
    return tool
        + " -I FORWARD -i "
        + bridge
        + " -j ACCEPT; "
        + tool
        + " -I FORWARD -o "
        + bridge
        + " -j ACCEPT";
  }

  static String sentence(String chain, String bridge, String remedy) {
    return chain
        + " drops forwarded packets by policy and has no rule for "
        + bridge
        + ", so pods may reach nothing beyond it; let them through with: "
        + remedy;
  }

  /** Whether any rule of the table accepts by the bridge's name. */
  private static boolean letsThrough(List<ListedRule> rules, String bridge) {
    byte[] name = bridge.getBytes(StandardCharsets.UTF_8);
    return rules.stream()
        .anyMatch(
            rule ->
                rule.expressions().stream().anyMatch(ForwardPolicy::accepts)
                    && rule.expressions().stream().anyMatch(each -> isNamed(each, name)));
  }

  private static boolean accepts(ListedExpression expression) {
    return expression.name().equals("immediate")
        && expression
                .data()
                .nested(Expression.Immediate.NFTA_IMMEDIATE_DATA)
                .nested(NfTables.NFTA_DATA_VERDICT)
                .u32be(NfTables.NFTA_VERDICT_CODE)
                .orElse(NfTables.NF_DROP)
            == NfTables.NF_ACCEPT;
  }

  private static boolean isNamed(ListedExpression expression, byte[] name) {
    if (!expression.name().equals("cmp")) {
      return false;
    }
    byte[] compared =
        expression
            .data()
            .nested(NFTA_CMP_DATA)
            .byteArray(NfTables.NFTA_DATA_VALUE)
            .orElse(new byte[0]);
    // iptables compares the name with or without its terminating zeros.
    return compared.length >= name.length
        && Arrays.equals(Arrays.copyOf(compared, name.length), name)
        && (compared.length == name.length || compared[name.length] == 0);
  }
}
