package io.sandjar.runtime.pod.env;

import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/** The requests and limits that containers may read: the downward API's resourceFieldRef. */
public final class ResourceFields {
  private final Map<String, Quantity> allocatable;

  /**
   * @param allocatable what the node has: the limit of a container that has none
   */
  public ResourceFields(Map<String, Quantity> allocatable) {
    this.allocatable = allocatable;
  }

  /** The value that a resourceFieldRef names, in units of its divisor, rounded up. */
  public String value(
      Map<String, Object> pod, Map<String, Object> ownContainer, Map<String, Object> reference) {
    String wanted = Trees.string(reference, "containerName", "");
    Map<String, Object> container =
        PodTemplate.containers(pod).stream()
            .filter(placed -> placed.name().equals(wanted))
            .map(PodTemplate.Placed::container)
            .findFirst()
            .orElse(ownContainer);
    String[] path = Trees.string(reference, "resource", "").split("\\.", 2);
    Quantity amount = amount(container, path[0], path[1]);
    Quantity divisor =
        Trees.string(reference, "divisor")
            .map(Quantity::of)
            .filter(d -> !d.isZero())
            .orElse(new Quantity(BigDecimal.ONE));
    return amount.value().divide(divisor.value(), 0, RoundingMode.CEILING).toPlainString();
  }

  private Quantity amount(Map<String, Object> container, String kind, String resource) {
    Object written = Trees.object(container, "resources", kind).get(resource);
    if (written != null) {
      return Quantity.of(written);
    }
    return kind.equals("limits")
        ? allocatable.getOrDefault(resource, Quantity.ZERO)
        : Quantity.ZERO;
  }
}
