package io.sandjar.runtime.pod.qos;

import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a pod fares when the node runs short, by Kubernetes' rules. */
public enum QosClass {
  /** Every container limits cpu and memory and requests just that. */
  GUARANTEED("Guaranteed"),
  /** Something is requested or limited. */
  BURSTABLE("Burstable"),
  /** Nothing is. */
  BEST_EFFORT("BestEffort");

  private static final List<String> COUNTED = List.of("cpu", "memory");

  private final String word;

  QosClass(String word) {
    this.word = word;
  }

  /** As status.qosClass says it. */
  public String word() {
    return word;
  }

  public static QosClass of(Map<String, Object> pod) {
    boolean guaranteed = true;
    boolean any = false;
    for (PodTemplate.Placed placed : PodTemplate.containers(pod)) {
      if (placed.list().equals("ephemeralContainers")) {
        continue;
      }
      for (String resource : COUNTED) {
        Optional<Quantity> limit = amount(placed.container(), "limits", resource);
        Optional<Quantity> request = amount(placed.container(), "requests", resource);
        any |= limit.isPresent() || request.isPresent();
        guaranteed &=
            limit.isPresent() && request.isPresent() && limit.get().compareTo(request.get()) == 0;
      }
    }
    return !any ? BEST_EFFORT : guaranteed ? GUARANTEED : BURSTABLE;
  }

  private static Optional<Quantity> amount(
      Map<String, Object> container, String kind, String resource) {
    return Optional.ofNullable(Trees.object(container, "resources", kind).get(resource))
        .map(Quantity::of)
        .filter(quantity -> !quantity.isZero());
  }
}
