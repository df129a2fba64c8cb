package io.sandjar.runtime.linux.seccomp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a profile says of each system call of one architecture, by number.
 *
 * <p>Of several rules for a call, those with conditions are asked first, in the profile's order,
 * then the first without; then the default counts.
 */
final class CallRules {
  private final TreeMap<Integer, Call> calls = new TreeMap<>(Integer::compareUnsigned);

  /** Adds what the rules say of this architecture's calls; names that it has not are left out. */
  void add(SyscallTable table, List<SeccompRule> rules) {
    for (SeccompRule rule : rules) {
      for (String name : rule.names()) {
        table
            .number(name)
            .ifPresent(number -> calls.computeIfAbsent(number, n -> new Call()).add(rule));
      }
    }
  }

  /** By number, as unsigned numbers are ordered. */
  Map<Integer, Call> calls() {
    return calls;
  }

  /** The largest number below the bound that a rule speaks of. */
  Optional<Integer> lastBelow(int bound) {
    return Optional.ofNullable(calls.lowerKey(bound));
  }

  /** What is to be done with one call. */
  static final class Call {
    private final List<Alternative> alternatives = new ArrayList<>();
    private SeccompAction plain;

    private void add(SeccompRule rule) {
      if (rule.alternatives().isEmpty()) {
        plain = plain == null ? rule.action() : plain;
      }
      for (List<ArgCondition> conditions : rule.alternatives()) {
        alternatives.add(new Alternative(conditions, rule.action()));
      }
    }

    List<Alternative> alternatives() {
      return alternatives;
    }

    SeccompAction otherwise(SeccompAction defaultAction) {
      return plain == null ? defaultAction : plain;
    }
  }

  /** An action under conditions that all must hold. */
  record Alternative(List<ArgCondition> conditions, SeccompAction action) {}
}
