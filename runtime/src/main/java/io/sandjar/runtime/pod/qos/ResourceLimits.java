package io.sandjar.runtime.pod.qos;

import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Turns requests and limits into the cgroup's terms, with the kubelet's formulas. */
public final class ResourceLimits {
  private static final long SHARES_PER_CPU = 1024;
  private static final long MIN_SHARES = 2;
  private static final long MAX_SHARES = 262_144;
  private static final long PERIOD_MICROS = 100_000;
  private static final long MIN_QUOTA_MICROS = 1000;
  private static final int GUARANTEED_OOM_SCORE = -997;
  private static final int BEST_EFFORT_OOM_SCORE = 1000;
  private static final String NODE_CRITICAL = "system-node-critical";

  private final long nodeMemory;

  /**
   * @param nodeMemory bytes; a container's share of it decides whom the OOM killer takes first
   */
  public ResourceLimits(long nodeMemory) {
    this.nodeMemory = nodeMemory;
  }

  /** What one container's cgroup is given. */
  public Resources ofContainer(Map<String, Object> pod, PodTemplate.Placed placed) {
    Map<String, Object> container = placed.container();
    Map<String, Object> limits = Trees.object(container, "resources", "limits");
    Map<String, Object> requests = Trees.object(container, "resources", "requests");
    var builder = Resources.builder().cpuShares(shares(requests.get("cpu")));
    cpuLimit(builder, limits.get("cpu"));
    if (limits.get("memory") != null) {
      builder.memoryLimit(Quantity.of(limits.get("memory")).ceil());
    }
    return builder.hugepageLimits(hugepages(limits)).oomScoreAdj(oomScore(pod, placed)).build();
  }

  /** What the pod's cgroup as a whole is given: the sum, where every container has a limit. */
  public Resources ofPod(Map<String, Object> pod) {
    var total = new PodRequests(pod);
    var builder = Resources.builder().cpuShares(shares(total.cpu()));
    Optional<Quantity> cpu = total.limit("cpu");
    cpu.ifPresent(limit -> cpuLimit(builder, limit.value().toPlainString()));
    total.limit("memory").ifPresent(limit -> builder.memoryLimit(limit.ceil()));
    return builder.build();
  }

  private static long shares(Object cpuRequest) {
    if (cpuRequest == null) {
      return MIN_SHARES;
    }
    long milli =
        cpuRequest instanceof Quantity quantity
            ? quantity.milli()
            : Quantity.of(cpuRequest).milli();
    return Math.max(MIN_SHARES, Math.min(MAX_SHARES, milli * SHARES_PER_CPU / 1000));
  }

  private static void cpuLimit(Resources.Builder builder, Object cpuLimit) {
    if (cpuLimit != null) {
      long quota = Quantity.of(cpuLimit).milli() * PERIOD_MICROS / 1000;
      builder.cpuPeriod(PERIOD_MICROS).cpuQuota(Math.max(MIN_QUOTA_MICROS, quota));
    }
  }

  private static Map<String, Long> hugepages(Map<String, Object> limits) {
    var sizes = new LinkedHashMap<String, Long>();
    limits.forEach(
        (name, amount) -> {
          if (name.startsWith("hugepages-")) {
            // hugepages-2Mi is the kernel's 2MB.
            String size = name.substring("hugepages-".length()).replace("i", "") + "B";
            sizes.put(size, Quantity.of(amount).ceil());
          }
        });
    return sizes;
  }

  private int oomScore(Map<String, Object> pod, PodTemplate.Placed placed) {
    if (NODE_CRITICAL.equals(Trees.object(pod, "spec").get("priorityClassName"))) {
      return GUARANTEED_OOM_SCORE;
    }
    return switch (QosClass.of(pod)) {
      case GUARANTEED -> GUARANTEED_OOM_SCORE;
      case BEST_EFFORT -> BEST_EFFORT_OOM_SCORE;
      case BURSTABLE -> {
        long request = memoryRequest(placed);
        if (placed.isSidecar()) {
          // It is not taken before the containers that it serves.
          request = Math.max(request, leastOfContainers(pod));
        }
        long score = 1000 - 1000 * request / Math.max(1, nodeMemory);
        // Between the two other classes, whatever it requests.
        yield (int) Math.max(1000 + GUARANTEED_OOM_SCORE, Math.min(score, 999));
      }
    };
  }

  private static long leastOfContainers(Map<String, Object> pod) {
    return PodTemplate.containers(pod).stream()
        .filter(placed -> placed.list().equals("containers"))
        .mapToLong(ResourceLimits::memoryRequest)
        .min()
        .orElse(0);
  }

  private static long memoryRequest(PodTemplate.Placed placed) {
    Object request = Trees.object(placed.container(), "resources", "requests").get("memory");
    return request == null ? 0 : Quantity.of(request).ceil();
  }

  /** Whether the container is one that the pod's sums count. */
  static boolean isCounted(PodTemplate.Placed placed) {
    return !placed.list().equals("ephemeralContainers");
  }
}
