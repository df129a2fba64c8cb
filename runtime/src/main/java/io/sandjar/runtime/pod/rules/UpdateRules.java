package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What may change in an object that exists. */
final class UpdateRules {
  private static final Set<String> MUTABLE_POD_FIELDS =
      Set.of(
          "activeDeadlineSeconds",
          "terminationGracePeriodSeconds",
          "tolerations",
          "schedulingGates");
  private static final String POD_RULE =
      "pod updates may not change fields other than `spec.containers[*].image`,"
          + " `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`,"
          + " `spec.tolerations` (only additions to existing tolerations),"
          + " `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously"
          + " negative)";

  private UpdateRules() {}

  /** All that the change does which it may not. */
  static List<Problem> check(String kind, Map<String, Object> before, Map<String, Object> after) {
    var problems = new ArrayList<Problem>();
    Map<String, Object> metadata = Trees.object(before, "metadata");
    for (String field : List.of("name", "namespace", "uid")) {
      Object was = metadata.get(field);
      Object is = Trees.object(after, "metadata").get(field);
      if (is != null && !is.equals(was)) {
        problems.add(Problem.invalid("metadata." + field, is, "field is immutable"));
      }
    }
    switch (kind) {
      case "Pod" -> pod(before, after, problems);
      case "ConfigMap", "Secret" -> settings(before, after, problems);
      default -> {}
    }
    return problems;
  }

  private static void pod(
      Map<String, Object> before, Map<String, Object> after, List<Problem> problems) {
    Map<String, Object> was = comparable(before);
    Map<String, Object> is = comparable(after);
    if (!was.equals(is)) {
      var changed = new ArrayList<String>();
      var fields = new java.util.TreeSet<>(was.keySet());
      fields.addAll(is.keySet());
      fields.stream()
          .filter(field -> !Objects.equals(was.get(field), is.get(field)))
          .forEach(field -> changed.add("spec." + field));
      problems.add(
          Problem.forbidden("spec", POD_RULE + "; changed: " + String.join(", ", changed)));
    }
    gates(Trees.object(before, "spec"), Trees.object(after, "spec"), problems);
    ephemeral(Trees.object(before, "spec"), Trees.object(after, "spec"), problems);
  }

  /** They are added to, but what is there has run and stays as it is. */
  private static void ephemeral(
      Map<String, Object> before, Map<String, Object> after, List<Problem> problems) {
    List<Map<String, Object>> left = Trees.objects(after, "ephemeralContainers");
    for (Map<String, Object> had : Trees.objects(before, "ephemeralContainers")) {
      Object name = had.get("name");
      if (!left.contains(had)) {
        boolean changed = left.stream().anyMatch(one -> name.equals(one.get("name")));
        problems.add(
            Problem.forbidden(
                "spec.ephemeralContainers",
                "existing ephemeral containers \""
                    + name
                    + "\" may not be "
                    + (changed ? "changed" : "removed")));
      }
    }
  }

  /** Gates are lifted one by one, and none is shut again. */
  private static void gates(
      Map<String, Object> before, Map<String, Object> after, List<Problem> problems) {
    List<Map<String, Object>> had = Trees.objects(before, "schedulingGates");
    for (Map<String, Object> gate : Trees.objects(after, "schedulingGates")) {
      if (!had.contains(gate)) {
        problems.add(
            Problem.forbidden(
                "spec.schedulingGates",
                "only deletion is allowed, but found new scheduling gate '"
                    + gate.get("name")
                    + "'"));
      }
    }
  }

  /** The spec without what may change. */
  private static Map<String, Object> comparable(Map<String, Object> pod) {
    Map<String, Object> spec = Trees.copy(Trees.object(pod, "spec"));
    MUTABLE_POD_FIELDS.forEach(spec::remove);
    for (String list : List.of("containers", "initContainers")) {
      Trees.objects(spec, list).forEach(container -> container.remove("image"));
    }
    // They have a subresource of their own.
    spec.remove("ephemeralContainers");
    return spec;
  }

  private static void settings(
      Map<String, Object> before, Map<String, Object> after, List<Problem> problems) {
    if (!Objects.equals(before.get("type"), after.get("type"))) {
      problems.add(Problem.invalid("type", after.get("type"), "field is immutable"));
    }
    if (!Trees.flag(before, "immutable")) {
      return;
    }
    if (!Trees.flag(after, "immutable")) {
      problems.add(Problem.forbidden("immutable", "field is immutable when `immutable` is set"));
    }
    for (String field : List.of("data", "binaryData")) {
      if (!Objects.equals(before.get(field), after.get(field))) {
        problems.add(Problem.forbidden(field, "field is immutable when `immutable` is set"));
      }
    }
  }
}
