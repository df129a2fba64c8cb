package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.netlink.Attributes;
import io.sandjar.netbridge.nft.Expression.Compare;
import io.sandjar.netbridge.nft.Expression.Immediate;
import io.sandjar.netbridge.nft.Expression.Lookup;
import io.sandjar.netbridge.nft.Expression.MetaLoad;
import io.sandjar.netbridge.nft.Expression.Verdict;
import io.sandjar.netbridge.nft.ForwardRules.Way;
import io.sandjar.netbridge.nft.Nftables.ListedExpression;
import io.sandjar.netbridge.nft.Nftables.ListedRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** Reads of one listed rule what {@link ForwardRules} wants to know of it. */
final class ListedStep {
  /** Name of an iptables extension, in a "match" as in a "target". */
  private static final int NFTA_EXTENSION_NAME = 1;

  private final Nftables nft;
  private final Table table;
  private final String bridge;
  private final Set<Way> certain = EnumSet.allOf(Way.class);
  private int loaded;
  private ForwardRules.Verdict verdict = ForwardRules.Verdict.NONE;
  private String target = "";

  ListedStep(Nftables nft, Table table, String bridge) {
    this.nft = nft;
    this.table = table;
    this.bridge = bridge;
  }

  ForwardRules.Step read(ListedRule rule) throws IOException {
    for (ListedExpression expression : rule.expressions()) {
      read(expression.name(), expression.data());
    }
    return new ForwardRules.Step(certain, verdict, target);
  }

  private void read(String name, Attributes data) throws IOException {
    switch (name) {
      case "meta" -> loaded = data.u32be(MetaLoad.NFTA_META_KEY).orElse(-1);
      case "cmp" -> requireLink(compares(data));
      case "lookup" -> requireLink(finds(data));
      case "immediate" ->
          decide(data.nested(Immediate.NFTA_IMMEDIATE_DATA).nested(NfTables.NFTA_DATA_VERDICT));
      case "reject" -> verdict = ForwardRules.Verdict.DROP;
      case "counter", "log" -> {}
      case "match" -> {
        if (!isExtension(data, "comment")) {
          certain.clear();
        }
      }
      case "target" -> {
        if (isExtension(data, "REJECT")) {
          verdict = ForwardRules.Verdict.DROP;
        }
      }
      // Whatever else there is may be a condition.
      default -> certain.clear();
    }
  }

  /** A condition is one on the bridge's name, or makes nothing certain. */
  private void requireLink(boolean bridgeMeant) {
    boolean incoming = loaded == MetaLoad.Key.IIFNAME.number();
    boolean outgoing = loaded == MetaLoad.Key.OIFNAME.number();
    if (!bridgeMeant || !incoming) {
      certain.remove(Way.FROM);
    }
    if (!bridgeMeant || !outgoing) {
      certain.remove(Way.TO);
    }
  }

  private boolean compares(Attributes cmp) {
    byte[] value =
        cmp.nested(Compare.NFTA_CMP_DATA).byteArray(NfTables.NFTA_DATA_VALUE).orElse(new byte[0]);
    String text = new String(value, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    // What does not end is the beginning of a name: cbr* to nft, cbr+ to iptables.
    boolean same = end < 0 ? bridge.startsWith(text) : bridge.equals(text.substring(0, end));
    return same && cmp.u32be(Compare.NFTA_CMP_OP).orElse(-1) == Compare.NFT_CMP_EQ;
  }

  /** {@code iifname { "cbr0", "docker0" }}. */
  private boolean finds(Attributes lookup) throws IOException {
    boolean plain =
        !lookup.has(Lookup.NFTA_LOOKUP_DREG)
            && lookup.u32be(Lookup.NFTA_LOOKUP_FLAGS).orElse(0) == 0;
    boolean byName =
        loaded == MetaLoad.Key.IIFNAME.number() || loaded == MetaLoad.Key.OIFNAME.number();
    if (!plain || !byName) {
      return false;
    }
    String set = lookup.string(Lookup.NFTA_LOOKUP_SET).orElse("");
    byte[] key = Rule.interfaceName(bridge);
    return nft.elements(table, set).stream()
        .anyMatch(element -> !element.intervalEnd() && Arrays.equals(element.key(), key));
  }

  private void decide(Attributes listed) {
    int code = listed.u32be(NfTables.NFTA_VERDICT_CODE).orElse(Integer.MIN_VALUE);
    for (Verdict.Code known : Verdict.Code.values()) {
      if (known.number() == code) {
        verdict = ForwardRules.Verdict.valueOf(known.name());
        target = listed.string(NfTables.NFTA_VERDICT_CHAIN).orElse("");
      }
    }
  }

  private static boolean isExtension(Attributes data, String name) {
    return data.string(NFTA_EXTENSION_NAME).orElse("").equals(name);
  }
}
