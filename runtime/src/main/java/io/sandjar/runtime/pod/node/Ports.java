package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.Map;

/**
 * Finds the number of a port that a probe or hook gives by number or by the container's name for
 * it.
 */
final class Ports {

  private Ports() {}

  static int resolve(Object port, Map<String, Object> container) {
    if (port instanceof Number number) {
      return number.intValue();
    }
    String name = String.valueOf(port);
    if (name.matches("\\d+")) {
      return Integer.parseInt(name);
    }
    return Trees.objects(container, "ports").stream()
        .filter(candidate -> name.equals(candidate.get("name")))
        .flatMap(candidate -> Trees.number(candidate, "containerPort").stream())
        .map(Long::intValue)
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Kind.INVALID_ARGUMENT,
                    "the container " + container.get("name") + " has no port named " + name));
  }
}
