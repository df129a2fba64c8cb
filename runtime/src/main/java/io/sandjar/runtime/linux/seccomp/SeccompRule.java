package io.sandjar.runtime.linux.seccomp;

import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.Capability;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to do with some system calls.
 *
 * @param alternatives conditions of which one list must hold whole; empty for none
 * @param includes all must hold for the rule to count
 * @param excludes none may hold
 */
record SeccompRule(
    List<String> names,
    SeccompAction action,
    List<List<ArgCondition>> alternatives,
    Filter includes,
    Filter excludes) {

  /** Several conditions on one argument cannot all be meant: then each is one on its own. */
  static List<List<ArgCondition>> alternatives(List<ArgCondition> conditions) {
    if (conditions.isEmpty()) {
      return List.of();
    }
    Set<Integer> indexes = new HashSet<>();
    boolean repeated = !conditions.stream().allMatch(each -> indexes.add(each.index()));
    return repeated ? conditions.stream().map(List::of).toList() : List.of(conditions);
  }

  boolean counts(SeccompArch machine, Set<Capability> capabilities, KernelVersion kernel) {
    return includes.allHold(machine, capabilities, kernel)
        && !excludes.anyHolds(machine, capabilities, kernel);
  }

  /**
   * Where a rule counts: Docker's extension of the format, which its default profile is made of.
   */
  record Filter(
      Set<Capability> capabilities, Set<String> arches, Optional<KernelVersion> minKernel) {
    static final Filter NONE = new Filter(Set.of(), Set.of(), Optional.empty());

    private boolean allHold(SeccompArch machine, Set<Capability> granted, KernelVersion kernel) {
      return granted.containsAll(capabilities)
          && (arches.isEmpty() || arches.contains(machine.goName()))
          && (minKernel.isEmpty() || kernel.compareTo(minKernel.get()) >= 0);
    }

    private boolean anyHolds(SeccompArch machine, Set<Capability> granted, KernelVersion kernel) {
      return capabilities.stream().anyMatch(granted::contains)
          || arches.contains(machine.goName())
          || (minKernel.isPresent() && kernel.compareTo(minKernel.get()) >= 0);
    }
  }
}
