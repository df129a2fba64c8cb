package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.HugepageLimit;
import io.sandjar.cri.v1.LinuxContainerResources;
import io.sandjar.runtime.linux.cgroup.Resources;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Maps CRI's resources to the engine's and back. */
final class ResourceSpecs {
  private static final int OOM_SCORE_ADJ_MIN = -1000;
  private static final int OOM_SCORE_ADJ_MAX = 1000;

  private ResourceSpecs() {}

  static Resources read(String field, LinuxContainerResources resources) {
    long score = resources.getOomScoreAdj();
    if (score < OOM_SCORE_ADJ_MIN || score > OOM_SCORE_ADJ_MAX) {
      throw Fields.invalid(field + ".oom_score_adj", score + " is not between -1000 and 1000");
    }
    Map<String, Long> hugepages = new LinkedHashMap<>();
    for (HugepageLimit limit : resources.getHugepageLimitsList()) {
      hugepages.put(
          Fields.required(field + ".hugepage_limits.page_size", limit.getPageSize()),
          limit.getLimit());
    }
    return Resources.builder()
        .cpuShares(Fields.notNegative(field + ".cpu_shares", resources.getCpuShares()))
        .cpuQuota(resources.getCpuQuota())
        .cpuPeriod(Fields.notNegative(field + ".cpu_period", resources.getCpuPeriod()))
        .cpusetCpus(resources.getCpusetCpus())
        .cpusetMems(resources.getCpusetMems())
        .memoryLimit(resources.getMemoryLimitInBytes())
        .memorySwapLimit(resources.getMemorySwapLimitInBytes())
        .oomScoreAdj((int) score)
        .hugepageLimits(hugepages)
        .unified(resources.getUnifiedMap())
        .build();
  }

  static LinuxContainerResources write(Resources resources) {
    LinuxContainerResources.Builder answer =
        LinuxContainerResources.newBuilder()
            .setCpuShares(resources.cpuShares().orElse(0))
            .setCpuQuota(resources.cpuQuota().orElse(0))
            .setCpuPeriod(resources.cpuPeriod().orElse(0))
            .setCpusetCpus(resources.cpusetCpus())
            .setCpusetMems(resources.cpusetMems())
            .setMemoryLimitInBytes(resources.memoryLimit().orElse(0))
            .setMemorySwapLimitInBytes(resources.memorySwapLimit().orElse(0))
            .setOomScoreAdj(resources.oomScoreAdj().orElse(0))
            .putAllUnified(resources.unified());
    new TreeMap<>(resources.hugepageLimits())
        .forEach(
            (size, limit) ->
                answer.addHugepageLimits(
                    HugepageLimit.newBuilder().setPageSize(size).setLimit(limit)));
    return answer.build();
  }
}
