package io.sandjar.runtime.linux.cgroup;

import java.util.List;
import java.util.OptionalLong;

/** All that a cgroup counts, read at one moment. */
public record CgroupStats(CgroupUsage usage, Cpu cpu, Memory memory, Pids pids, List<BlockIo> io) {

  /**
   * @param periods CFS periods that passed with a quota
   * @param throttledPeriods those in which it was throttled
   */
  public record Cpu(
      long userNanos, long systemNanos, long periods, long throttledPeriods, long throttledNanos) {}

  /**
   * @param failures how often the limit was hit
   * @param oomKills processes that the kernel killed for want of memory
   */
  public record Memory(
      long maxUsage, long cache, long mappedFile, long kernel, long failures, long oomKills) {}

  /**
   * @param threads processes and threads, as the pids controller counts them
   * @param limit empty without one
   */
  public record Pids(long processes, long threads, OptionalLong limit) {}

  /** Bytes and operations of one block device. */
  public record BlockIo(
      int major, int minor, long readBytes, long writeBytes, long reads, long writes) {}
}
