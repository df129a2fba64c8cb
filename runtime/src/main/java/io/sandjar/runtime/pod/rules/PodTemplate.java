package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Walks the containers of a pod's spec. */
public final class PodTemplate {

  /** The lists of a pod's spec that hold containers, in the order in which they start. */
  public static final List<String> CONTAINER_LISTS =
      List.of("initContainers", "containers", "ephemeralContainers");

  private PodTemplate() {}

  /**
   * A container and where it stands.
   *
   * @param list the spec's list that holds it
   * @param path its path in the pod: {@code spec.containers[0]}
   */
  public record Placed(String list, String path, Map<String, Object> container) {

    public String name() {
      return Trees.string(container, "name", "");
    }

    /** An init container that goes on beside the containers. */
    public boolean isSidecar() {
      return list.equals("initContainers")
          && Trees.string(container, "restartPolicy", "").equals("Always");
    }
  }

  /** All containers of the pod. */
  public static List<Placed> containers(Map<String, Object> pod) {
    var all = new ArrayList<Placed>();
    Map<String, Object> spec = Trees.object(pod, "spec");
    for (String list : CONTAINER_LISTS) {
      List<Map<String, Object>> containers = Trees.objects(spec, list);
      for (int i = 0; i < containers.size(); i++) {
        all.add(new Placed(list, "spec." + list + "[" + i + "]", containers.get(i)));
      }
    }
    return all;
  }
}
