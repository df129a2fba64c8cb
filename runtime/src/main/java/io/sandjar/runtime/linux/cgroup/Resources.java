package io.sandjar.runtime.linux.cgroup;

import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The limits of a container or pod; what is empty is left as it is.
 *
 * @param cpuShares v1's shares, 2 to 262144; turned into a weight on v2, see {@link CpuWeight}
 * @param cpuQuota microseconds of CPU time in a period; negative for no limit
 * @param cpuPeriod microseconds
 * @param cpusetCpus a list as in {@code 0-3,8}; empty text for not set
 * @param cpusetMems memory nodes, in the same form
 * @param memoryLimit bytes; negative for no limit
 * @param memorySwapLimit bytes of memory and swap together; negative for no limit. Where only a
 *     memory limit is given, the two are the same: no swap
 * @param pidsLimit processes and threads; negative for no limit
 * @param oomScoreAdj not a cgroup's property: the launcher sets it on the process
 * @param hugepageLimits bytes by page size, as in {@code 2MB}
 * @param unified files of v2 and what to write into them
 */
public record Resources(
    OptionalLong cpuShares,
    OptionalLong cpuQuota,
    OptionalLong cpuPeriod,
    String cpusetCpus,
    String cpusetMems,
    OptionalLong memoryLimit,
    OptionalLong memorySwapLimit,
    OptionalLong pidsLimit,
    OptionalInt oomScoreAdj,
    Map<String, Long> hugepageLimits,
    Map<String, String> unified) {

  public static final Resources NONE = builder().build();

  public Resources {
    hugepageLimits = Map.copyOf(hugepageLimits);
    unified = Map.copyOf(unified);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects the limits that are set. In CRI a number that is 0 means not set: so here. */
  public static final class Builder {
    private OptionalLong cpuShares = OptionalLong.empty();
    private OptionalLong cpuQuota = OptionalLong.empty();
    private OptionalLong cpuPeriod = OptionalLong.empty();
    private String cpusetCpus = "";
    private String cpusetMems = "";
    private OptionalLong memoryLimit = OptionalLong.empty();
    private OptionalLong memorySwapLimit = OptionalLong.empty();
    private OptionalLong pidsLimit = OptionalLong.empty();
    private OptionalInt oomScoreAdj = OptionalInt.empty();
    private Map<String, Long> hugepageLimits = Map.of();
    private Map<String, String> unified = Map.of();

    private Builder() {}

    public Builder cpuShares(long shares) {
      cpuShares = unlessZero(shares);
      return this;
    }

    public Builder cpuQuota(long micros) {
      cpuQuota = unlessZero(micros);
      return this;
    }

    public Builder cpuPeriod(long micros) {
      cpuPeriod = unlessZero(micros);
      return this;
    }

    public Builder cpusetCpus(String cpus) {
      cpusetCpus = cpus;
      return this;
    }

    public Builder cpusetMems(String mems) {
      cpusetMems = mems;
      return this;
    }

    public Builder memoryLimit(long bytes) {
      memoryLimit = unlessZero(bytes);
      return this;
    }

    public Builder memorySwapLimit(long bytes) {
      memorySwapLimit = unlessZero(bytes);
      return this;
    }

    public Builder pidsLimit(long processes) {
      pidsLimit = unlessZero(processes);
      return this;
    }

    /** Zero is a value here. */
    public Builder oomScoreAdj(int adjustment) {
      oomScoreAdj = OptionalInt.of(adjustment);
      return this;
    }

    public Builder hugepageLimits(Map<String, Long> bytesByPageSize) {
      hugepageLimits = bytesByPageSize;
      return this;
    }

    public Builder unified(Map<String, String> values) {
      unified = values;
      return this;
    }

    private static OptionalLong unlessZero(long value) {
      return value == 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }

    public Resources build() {
      return new Resources(
          cpuShares,
          cpuQuota,
          cpuPeriod,
          cpusetCpus,
          cpusetMems,
          memoryLimit,
          memorySwapLimit,
          pidsLimit,
          oomScoreAdj,
          hugepageLimits,
          unified);
    }
  }
}
