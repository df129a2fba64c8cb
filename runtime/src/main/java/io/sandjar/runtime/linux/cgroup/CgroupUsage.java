package io.sandjar.runtime.linux.cgroup;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a cgroup uses of CPU and memory and how much it lacks, read at one moment: what is asked for
 * often, of many cgroups, and so costs few files.
 *
 * @param timestampNanos wall clock, nanoseconds since the epoch
 * @param cpuNanos CPU time used by all in here since it was made
 */
public record CgroupUsage(long timestampNanos, long cpuNanos, Memory memory, Pressures pressures) {

  /**
   * @param usage bytes charged, page cache included
   * @param workingSet usage less the inactive file cache, which the kubelet evicts by
   * @param rss anonymous memory
   * @param limit empty without one
   * @param swapLimit bytes of swap alone; empty without a limit
   */
  public record Memory(
      long usage,
      long workingSet,
      long rss,
      long pageFaults,
      long majorPageFaults,
      long swap,
      OptionalLong limit,
      OptionalLong swapLimit) {

    /** What is left below the limit; empty without one. */
    public OptionalLong available() {
      return limit.isPresent()
          ? OptionalLong.of(Math.max(0, limit.getAsLong() - workingSet))
          : OptionalLong.empty();
    }
  }

  /** Pressure stall information; empty where the kernel has it not, or has it turned off. */
  public record Pressures(
      Optional<Pressure> cpu, Optional<Pressure> memory, Optional<Pressure> io) {
    static final Pressures NONE =
        new Pressures(Optional.empty(), Optional.empty(), Optional.empty());
  }
}
