package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What may change in an object that exists. */
final class UpdateRules {
  private static final Set<String> MUTABLE_POD_FIELDS =
      Set.of("activeDeadlineSeconds", "tolerations", "schedulingGates");
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
    List<String> had = Trees.strings(metadata, "finalizers");
    List<String> added =
        Trees.strings(Trees.object(after, "metadata"), "finalizers").stream()
            .filter(finalizer -> !had.contains(finalizer))
            .toList();
    if (metadata.containsKey("deletionTimestamp") && !added.isEmpty()) {
      problems.add(
          Problem.forbidden(
              "metadata.finalizers",
              "no new finalizers can be added if the object is being deleted, found new finalizers "
                  + added));
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
    Map<String, Object> was = Trees.object(before, "spec");
    Map<String, Object> is = Trees.object(after, "spec");
    for (String list : List.of("containers", "initContainers")) {
      if (Trees.objects(was, list).size() != Trees.objects(is, list).size()) {
        problems.add(
            Problem.forbidden("spec." + list, "pod updates may not add or remove containers"));
        return;
      }
    }
    var changed = new TreeSet<String>();
    Map<String, Object> fixedBefore = fixed(was);
    Map<String, Object> fixedAfter = fixed(is);
    changed.addAll(fixedBefore.keySet());
    changed.addAll(fixedAfter.keySet());
    changed.removeIf(field -> Objects.equals(fixedBefore.get(field), fixedAfter.get(field)));
    if (!changed.isEmpty()) {
      problems.add(
          Problem.forbidden(
              "spec", POD_RULE + "; changed: spec." + String.join(", spec.", changed)));
    }
    deadline(was, is, problems);
    tolerations(was, is, problems);
    gates(was, is, problems);
    ephemeral(was, is, problems);
  }

  private static void deadline(
      Map<String, Object> before, Map<String, Object> after, List<Problem> problems) {
    String field = "activeDeadlineSeconds";
    Optional<Long> was = Trees.number(before, field);
    Optional<Long> is = Trees.number(after, field);
    if (was.isPresent() && is.isEmpty()) {
      problems.add(
          Problem.invalid(
              "spec." + field, "", "must not update from a positive integer to nil value"));
    } else if (was.isPresent() && is.get() > was.get()) {
      problems.add(
          Problem.invalid(
              "spec." + field, is.get(), "must be less than or equal to previous value"));
    }
  }

  private static void tolerations(
      Map<String, Object> before, Map<String, Object> after, List<Problem> problems) {
    var has = Trees.objects(after, "tolerations").stream().map(UpdateRules::lasting).toList();
    if (!Trees.objects(before, "tolerations").stream()
        .map(UpdateRules::lasting)
        .allMatch(has::contains)) {
      problems.add(
          Problem.forbidden(
              "spec.tolerations",
              "existing toleration can not be modified except its tolerationSeconds"));
    }
  }

  private static Map<String, Object> lasting(Map<String, Object> toleration) {
    Map<String, Object> lasting = Trees.copy(toleration);
    lasting.remove("tolerationSeconds");
    return lasting;
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

  /** The spec without what may change, or may change in a way that is checked by itself. */
  private static Map<String, Object> fixed(Map<String, Object> whole) {
    Map<String, Object> spec = Trees.copy(whole);
    MUTABLE_POD_FIELDS.forEach(spec::remove);
    for (String list : List.of("containers", "initContainers")) {
      Trees.objects(spec, list).forEach(container -> container.remove("image"));
    }
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
