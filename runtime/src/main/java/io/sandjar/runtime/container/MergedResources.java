package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.cgroup.Resources;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** The limits of a container after a change: what the change leaves out stays. */
final class MergedResources {

  private MergedResources() {}

  static Resources of(Resources before, Resources change) {
    return new Resources(
        either(change.cpuShares(), before.cpuShares()),
        either(change.cpuQuota(), before.cpuQuota()),
        either(change.cpuPeriod(), before.cpuPeriod()),
        either(change.cpusetCpus(), before.cpusetCpus()),
        either(change.cpusetMems(), before.cpusetMems()),
        either(change.memoryLimit(), before.memoryLimit()),
        either(change.memorySwapLimit(), before.memorySwapLimit()),
        either(change.pidsLimit(), before.pidsLimit()),
        // The kernel's score of a process that runs is not changed, so neither is the record.
        before.oomScoreAdj(),
        either(before.hugepageLimits(), change.hugepageLimits()),
        either(before.unified(), change.unified()));
  }

  private static OptionalLong either(OptionalLong change, OptionalLong before) {
    return change.isPresent() ? change : before;
  }

  private static String either(String change, String before) {
    return change.isEmpty() ? before : change;
  }

  private static <V> Map<String, V> either(Map<String, V> before, Map<String, V> change) {
    Map<String, V> merged = new HashMap<>(before);
    merged.putAll(change);
    return merged;
  }
}
