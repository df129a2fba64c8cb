package io.sandjar.cli.kube;

import io.sandjar.cli.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which of a pod's containers is meant where none is named. */
public final class PodContainer {
  private static final String DEFAULT = "kubectl.kubernetes.io/default-container";

  private static final List<String> LISTS =
      List.of("initContainers", "containers", "ephemeralContainers");

  private PodContainer() {}

  /** The one that the pod says, or its first; says so where there are others. */
  public static String defaultOf(Context context, Map<String, Object> pod) {
    var spec = KubeApi.map(pod, "spec");
    var names = new ArrayList<String>(names(spec, "containers"));
    var annotated = KubeApi.map(KubeApi.map(pod, "metadata"), "annotations").get(DEFAULT);
    var chosen =
        annotated != null && names.contains(annotated.toString())
            ? annotated.toString()
            : names.get(0);
    names(spec, "ephemeralContainers").forEach(name -> names.add(name + " (ephem)"));
    names(spec, "initContainers").forEach(name -> names.add(name + " (init)"));
    if (annotated == null && names.size() > 1) {
      context
          .err()
          .println("Defaulted container \"" + chosen + "\" out of: " + String.join(", ", names));
      context.err().flush();
    }
    return chosen;
  }

  /** All of them, in the order in which they start. */
  public static List<String> all(Map<String, Object> pod) {
    var spec = KubeApi.map(pod, "spec");
    var names = new ArrayList<String>();
    for (var list : LISTS) {
      names.addAll(names(spec, list));
    }
    return names;
  }

  /** The one of that name, if the pod has it. */
  public static Optional<Map<String, Object>> find(Map<String, Object> pod, String name) {
    for (var list : LISTS) {
      for (var container : KubeApi.maps(KubeApi.map(pod, "spec"), list)) {
        if (name.equals(container.get("name"))) {
          return Optional.of(container);
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> names(Map<String, Object> spec, String list) {
    return KubeApi.maps(spec, list).stream().map(each -> each.get("name").toString()).toList();
  }
}
