package io.sandjar.runtime.pod.qos;

import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.Map;
import java.util.Optional;

/**
 * What a pod needs as a whole: its containers and sidecars together, or its largest init container
 * with the sidecars before it, whichever is more; and the overhead.
 */
public final class PodRequests {
  private final Map<String, Object> pod;

  public PodRequests(Map<String, Object> pod) {
    this.pod = pod;
  }

  public Quantity cpu() {
    return request("cpu");
  }

  /** The pod's request of one resource; zero where nothing is requested. */
  public Quantity request(String resource) {
    return total("requests", resource);
  }

  /** The pod's limit of one resource; empty where a container has none. */
  public Optional<Quantity> limit(String resource) {
    boolean all =
        PodTemplate.containers(pod).stream()
            .filter(ResourceLimits::isCounted)
            .allMatch(placed -> amount(placed, "limits", resource).isPresent());
    return all ? Optional.of(total("limits", resource)) : Optional.empty();
  }

  private Quantity total(String kind, String resource) {
    Quantity running = Quantity.ZERO;
    Quantity sidecars = Quantity.ZERO;
    Quantity initialising = Quantity.ZERO;
    for (Placed placed : PodTemplate.containers(pod)) {
      Quantity amount = amount(placed, kind, resource).orElse(Quantity.ZERO);
      if (placed.isSidecar()) {
        sidecars = sidecars.plus(amount);
      } else if (placed.list().equals("initContainers")) {
        initialising = max(initialising, sidecars.plus(amount));
      } else if (placed.list().equals("containers")) {
        running = running.plus(amount);
      }
    }
    Quantity overhead =
        Optional.ofNullable(Trees.object(pod, "spec", "overhead").get(resource))
            .map(Quantity::of)
            .orElse(Quantity.ZERO);
    return max(running.plus(sidecars), initialising).plus(overhead);
  }

  private static Quantity max(Quantity a, Quantity b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static Optional<Quantity> amount(Placed placed, String kind, String resource) {
    return Optional.ofNullable(Trees.object(placed.container(), "resources", kind).get(resource))
        .map(Quantity::of);
  }
}
