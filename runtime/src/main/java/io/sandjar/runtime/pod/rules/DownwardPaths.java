package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Which fields of a pod the downward API gives to its containers. */
final class DownwardPaths {
  private static final List<String> IN_ENVIRONMENT =
      List.of(
          "metadata.name",
          "metadata.namespace",
          "metadata.uid",
          "spec.nodeName",
          "spec.serviceAccountName",
          "status.hostIP",
          "status.hostIPs",
          "status.podIP",
          "status.podIPs");
  private static final List<String> IN_VOLUMES =
      List.of(
          "metadata.annotations",
          "metadata.labels",
          "metadata.name",
          "metadata.namespace",
          "metadata.uid");
  private static final Pattern ONE_KEY =
      Pattern.compile("metadata\\.(labels|annotations)\\['[^']+']");
  private static final Pattern RESOURCE =
      Pattern.compile("(limits|requests)\\.(cpu|memory|ephemeral-storage|hugepages-\\w+)");
  private static final Set<String> RESOURCES =
      Set.of(
          "limits.cpu",
          "limits.ephemeral-storage",
          "limits.memory",
          "requests.cpu",
          "requests.ephemeral-storage",
          "requests.memory");

  private DownwardPaths() {}

  static void checkEnvironment(Map<String, Object> source, String at, List<Problem> problems) {
    check(source, IN_ENVIRONMENT, at, problems);
  }

  static void checkVolume(Map<String, Object> source, String at, List<Problem> problems) {
    check(source, IN_VOLUMES, at, problems);
  }

  private static void check(
      Map<String, Object> source, List<String> fields, String at, List<Problem> problems) {
    String path = Trees.string(Trees.object(source, "fieldRef"), "fieldPath", "");
    if (!path.isEmpty() && !fields.contains(path) && !ONE_KEY.matcher(path).matches()) {
      problems.add(Problem.notSupported(at + ".fieldRef.fieldPath", path, fields));
    }
    String resource = Trees.string(Trees.object(source, "resourceFieldRef"), "resource", "");
    if (!resource.isEmpty() && !RESOURCE.matcher(resource).matches()) {
      problems.add(
          Problem.notSupported(
              at + ".resourceFieldRef.resource", resource, RESOURCES.stream().sorted().toList()));
    }
  }
}
