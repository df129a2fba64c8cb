package io.sandjar.cli.describe;

import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.Quantity;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** What pods ask for and may use, of what a node has. */
final class ResourceSum {
  private static final BigDecimal MEBI = BigDecimal.valueOf(1024 * 1024);

  private final List<Map<String, Object>> pods;
  private final Map<String, Object> allocatable;

  ResourceSum(List<Map<String, Object>> pods, Map<String, Object> allocatable) {
    this.pods = pods;
    this.allocatable = allocatable;
  }

  /**
   * As in {@code 500m (25%)}.
   *
   * @param kind requests or limits
   */
  String share(String kind, String resource) {
    var sum =
        pods.stream()
            .map(pod -> ofPod(pod, kind, resource))
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    var whole = Quantity.value(allocatable.get(resource));
    var percent =
        whole.signum() == 0
            ? 0
            : sum.multiply(BigDecimal.valueOf(100)).divideToIntegralValue(whole).longValue();
    return text(resource, sum) + " (" + percent + "%)";
  }

  /** What its containers take together, or its largest init container alone if that is more. */
  private static BigDecimal ofPod(Map<String, Object> pod, String kind, String resource) {
    var spec = KubeApi.map(pod, "spec");
    var sum =
        KubeApi.maps(spec, "containers").stream()
            .map(container -> ofContainer(container, kind, resource))
            .reduce(BigDecimal.ZERO, BigDecimal::add);
    return KubeApi.maps(spec, "initContainers").stream()
        .map(container -> ofContainer(container, kind, resource))
        .reduce(sum, BigDecimal::max);
  }

  private static BigDecimal ofContainer(
      Map<String, Object> container, String kind, String resource) {
    return Quantity.value(
        KubeApi.map(KubeApi.map(container, "resources"), kind).getOrDefault(resource, "0"));
  }

  private static String text(String resource, BigDecimal sum) {
    if (sum.signum() == 0) {
      return "0";
    }
    if (resource.equals("cpu")) {
      boolean whole = sum.stripTrailingZeros().scale() <= 0;
      return whole ? sum.toBigInteger().toString() : sum.movePointRight(3).toBigInteger() + "m";
    }
    return sum.remainder(MEBI).signum() == 0
        ? sum.divideToIntegralValue(MEBI).toBigInteger() + "Mi"
        : sum.toBigInteger().toString();
  }
}
