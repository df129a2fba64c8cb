package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.LinkedHashMap;
import java.util.Map;

/** The defaults of a pod that depend on its other fields. */
final class PodDefaults {

  private PodDefaults() {}

  static void apply(Map<String, Object> pod) {
    Map<String, Object> spec = Trees.objectIn(pod, "spec");
    spec.putIfAbsent("securityContext", new LinkedHashMap<String, Object>());
    boolean hostNetwork = Trees.flag(spec, "hostNetwork");
    for (Placed placed : PodTemplate.containers(pod)) {
      Map<String, Object> container = placed.container();
      container.putIfAbsent("imagePullPolicy", pullPolicy(Trees.string(container, "image", "")));
      if (!placed.list().equals("ephemeralContainers")) {
        container.putIfAbsent("resources", new LinkedHashMap<String, Object>());
        requestWhatIsLimited(Trees.object(container, "resources"));
      }
      if (hostNetwork) {
        Trees.objects(container, "ports")
            .forEach(port -> port.putIfAbsent("hostPort", port.get("containerPort")));
      }
    }
    for (Map<String, Object> volume : Trees.objects(spec, "volumes")) {
      if (volume.get("hostPath") instanceof Map<?, ?>) {
        Trees.object(volume, "hostPath").putIfAbsent("type", "");
      } else if (volume.get("image") instanceof Map<?, ?>) {
        Map<String, Object> image = Trees.object(volume, "image");
        image.putIfAbsent("pullPolicy", pullPolicy(Trees.string(image, "reference", "")));
      } else if (volume.keySet().equals(java.util.Set.of("name"))) {
        volume.put("emptyDir", new LinkedHashMap<String, Object>());
      }
    }
  }

  /** {@code :latest}, written or meant, may change; a digest or another tag is taken not to. */
  static String pullPolicy(String image) {
    boolean latest = !image.contains("@") && (image.endsWith(":latest") || !hasTag(image));
    return latest ? "Always" : "IfNotPresent";
  }

  private static boolean hasTag(String image) {
    return image.lastIndexOf(':') > image.lastIndexOf('/');
  }

  private static void requestWhatIsLimited(Map<String, Object> resources) {
    Map<String, Object> limits = Trees.object(resources, "limits");
    if (limits.isEmpty()) {
      return;
    }
    Map<String, Object> requests = Trees.objectIn(resources, "requests");
    limits.forEach(requests::putIfAbsent);
  }
}
