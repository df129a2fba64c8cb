package io.sandjar.netbridge.nft;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Follows forwarded packets of a bridge through somebody's chains. A rule counts only for the
 * packets that meet its conditions for sure: what hangs on an address, a port or a state lets, or
 * keeps, some of them.
 */
final class ForwardRules {

  /** Where a forwarded packet passes the bridge. */
  enum Way {
    FROM("from"),
    TO("to");

    private final String word;

    Way(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** What a rule does with a packet. */
  enum Verdict {
    ACCEPT,
    DROP,
    RETURN,
    JUMP,
    GOTO,
    /** It goes on with the next rule. */
    NONE
  }

  /**
   * A rule.
   *
   * @param certain the ways on which every packet meets its conditions
   * @param target the chain that a jump or goto leads to
   */
  record Step(Set<Way> certain, Verdict verdict, String target) {}

  private final Function<String, List<Step>> chains;

  /**
   * @param chains the rules of a chain, by its name
   */
  ForwardRules(Function<String, List<Step>> chains) {
    this.chains = chains;
  }

  /** The ways on which a chain, by its rules or else by its policy, drops packets. */
  List<Way> dropped(String chain, boolean policyDrops) {
    return List.of(Way.values()).stream()
        .filter(way -> drops(chain, way).orElse(policyDrops))
        .toList();
  }

  /** Whether the chain drops or accepts; empty where it leaves that to the one it came from. */
  private Optional<Boolean> drops(String chain, Way way) {
    for (Step step : chains.apply(chain)) {
      if (step.certain().contains(way)) {
        switch (step.verdict()) {
          case ACCEPT -> {
            return Optional.of(false);
          }
          case DROP -> {
            return Optional.of(true);
          }
          case RETURN -> {
            return Optional.empty();
          }
          case GOTO -> {
            return drops(step.target(), way);
          }
          case JUMP -> {
            Optional<Boolean> inside = drops(step.target(), way);
            if (inside.isPresent()) {
              return inside;
            }
          }
          case NONE -> {}
        }
      }
    }
    return Optional.empty();
  }
}
