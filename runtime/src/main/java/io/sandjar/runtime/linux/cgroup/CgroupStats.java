package io.sandjar.runtime.linux.cgroup;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a cgroup has used, read at one moment.
 *
 * @param timestampNanos wall clock, nanoseconds since the epoch
 */
public record CgroupStats(
    long timestampNanos, Cpu cpu, Memory memory, Pids pids, List<BlockIo> io, Pressures pressures) {

  /**
   * @param usageNanos CPU time used by all in here since it was made
   * @param periods CFS periods that passed with a quota
   * @param throttledPeriods those in which it was throttled
   */
  public record Cpu(
      long usageNanos,
      long userNanos,
      long systemNanos,
      long periods,
      long throttledPeriods,
      long throttledNanos) {}

  /**
   * @param usage bytes charged, page cache included
   * @param workingSet usage less the inactive file cache, which the kubelet evicts by
   * @param rss anonymous memory
   * @param limit empty without one
   * @param swapLimit bytes of swap alone; empty without a limit
   * @param failures how often the limit was hit
   * @param oomKills processes that the kernel killed for want of memory
   */
  public record Memory(
      long usage,
      long maxUsage,
      long workingSet,
      long rss,
      long cache,
      long mappedFile,
      long kernel,
      long pageFaults,
      long majorPageFaults,
      long swap,
      long failures,
      long oomKills,
      OptionalLong limit,
      OptionalLong swapLimit) {

    /** What is left below the limit; empty without one. */
    public OptionalLong available() {
      return limit.isPresent()
          ? OptionalLong.of(Math.max(0, limit.getAsLong() - workingSet))
          : OptionalLong.empty();
    }
  }

  /**
   * @param threads processes and threads, as the pids controller counts them
   * @param limit empty without one
   */
  public record Pids(long processes, long threads, OptionalLong limit) {}

  /** Bytes and operations of one block device. */
  public record BlockIo(
      int major, int minor, long readBytes, long writeBytes, long reads, long writes) {}

  /** Pressure stall information; empty where the kernel has it not, or has it turned off. */
  public record Pressures(
      Optional<Pressure> cpu, Optional<Pressure> memory, Optional<Pressure> io) {}
}
