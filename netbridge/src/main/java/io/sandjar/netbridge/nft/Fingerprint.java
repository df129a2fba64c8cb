package io.sandjar.netbridge.nft;

import io.sandjar.netbridge.nft.Nftables.ListedChain;
import io.sandjar.netbridge.nft.Nftables.ListedExpression;
import io.sandjar.netbridge.nft.Nftables.ListedRule;
import io.sandjar.netbridge.nft.Nftables.ListedSet;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a table consists of, as the kernel lists it, in a form that can be compared: taken right
 * after the table was made, and again when somebody changed something.
 */
record Fingerprint(List<String> chains, List<String> rules, Set<String> sets) {

  static Fingerprint of(Nftables nft, PodTable pods) throws IOException {
    Table table = pods.table();
    List<String> chains =
        nft.chains().stream()
            .filter(chain -> chain.family() == table.family())
            .filter(chain -> chain.table().equals(table.name()))
            .map(ListedChain::toString)
            .toList();
    List<String> rules = nft.rules(table).stream().map(Fingerprint::rule).toList();
    Set<String> maps = pods.portMaps().stream().map(NftSet::name).collect(Collectors.toSet());
    Set<String> sets = new TreeSet<>();
    for (ListedSet set : nft.sets(table)) {
      sets.add(set.toString());
      // The maps' elements come and go; they are compared with the ports that are open.
      if (!maps.contains(set.name())) {
        for (SetElement element : nft.elements(table, set.name())) {
          sets.add(set.name() + " " + element.signature());
        }
      }
    }
    return new Fingerprint(chains, rules, sets);
  }

  /** Counters count; everything else of a rule must stay. */
  private static String rule(ListedRule rule) {
    StringBuilder text = new StringBuilder(rule.chain());
    for (ListedExpression expression : rule.expressions()) {
      text.append(' ').append(expression.name());
      if (!expression.name().equals("counter")) {
        text.append('=').append(HexFormat.of().formatHex(expression.bytes()));
      }
    }
    return text.toString();
  }
}
