package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of a pod's volumes. */
final class VolumeRules {
  private static final Set<String> NOT_A_SOURCE = Set.of("name");
  private static final List<String> PROJECTIONS =
      List.of(
          "configMap",
          "secret",
          "downwardAPI",
          "serviceAccountToken",
          "clusterTrustBundle",
          "podCertificate");

  private final List<Problem> problems;

  VolumeRules(List<Problem> problems) {
    this.problems = problems;
  }

  void check(Map<String, Object> spec) {
    List<Map<String, Object>> volumes = Trees.objects(spec, "volumes");
    for (int i = 0; i < volumes.size(); i++) {
      Map<String, Object> volume = volumes.get(i);
      String at = "spec.volumes[" + i + "]";
      Set<String> sources = new HashSet<>(volume.keySet());
      sources.removeAll(NOT_A_SOURCE);
      OneOf.check(volume, sources, "a volume type", at, problems);
      source(volume, at);
    }
  }

  private void source(Map<String, Object> volume, String at) {
    if (volume.get("emptyDir") instanceof Map<?, ?>) {
      emptyDir(Trees.object(volume, "emptyDir"), at + ".emptyDir");
    }
    if (volume.get("hostPath") instanceof Map<?, ?>) {
      String path = Trees.string(Trees.object(volume, "hostPath"), "path", "");
      if (Arrays.asList(path.split("/")).contains("..")) {
        problems.add(Problem.invalid(at + ".hostPath.path", path, "must not contain '..'"));
      }
    }
    if (volume.get("secret") instanceof Map<?, ?>) {
      if (Trees.string(Trees.object(volume, "secret"), "secretName", "").isEmpty()) {
        problems.add(Problem.required(at + ".secret.secretName"));
      }
    }
    if (volume.get("configMap") instanceof Map<?, ?>) {
      if (Trees.string(Trees.object(volume, "configMap"), "name", "").isEmpty()) {
        problems.add(Problem.required(at + ".configMap.name"));
      }
    }
    if (volume.get("image") instanceof Map<?, ?>) {
      if (Trees.string(Trees.object(volume, "image"), "reference", "").isEmpty()) {
        problems.add(Problem.required(at + ".image.reference"));
      }
    }
    if (volume.get("downwardAPI") instanceof Map<?, ?>) {
      downward(Trees.object(volume, "downwardAPI"), at + ".downwardAPI");
    }
    if (volume.get("projected") instanceof Map<?, ?>) {
      List<Map<String, Object>> sources =
          Trees.objects(Trees.object(volume, "projected"), "sources");
      for (int i = 0; i < sources.size(); i++) {
        String here = at + ".projected.sources[" + i + "]";
        OneOf.check(sources.get(i), PROJECTIONS, "a projected volume source", here, problems);
        downward(Trees.object(sources.get(i), "downwardAPI"), here + ".downwardAPI");
      }
    }
  }

  private void emptyDir(Map<String, Object> emptyDir, String at) {
    Trees.string(emptyDir, "sizeLimit")
        .filter(size -> Quantity.of(size).isNegative())
        .ifPresent(
            size ->
                problems.add(
                    Problem.invalid(
                        at + ".sizeLimit", size, "must be greater than or equal to 0")));
  }

  private void downward(Map<String, Object> source, String at) {
    List<Map<String, Object>> items = Trees.objects(source, "items");
    for (int i = 0; i < items.size(); i++) {
      String here = at + ".items[" + i + "]";
      OneOf.check(
          items.get(i),
          List.of("fieldRef", "resourceFieldRef"),
          "one of fieldRef and resourceFieldRef",
          here,
          problems);
      DownwardPaths.checkVolume(items.get(i), here, problems);
    }
  }
}
