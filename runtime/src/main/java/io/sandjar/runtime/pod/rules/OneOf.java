package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Problem;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Checks objects of which exactly one field may be set. */
final class OneOf {

  private OneOf() {}

  static void check(
      Map<String, Object> object,
      Collection<String> choices,
      String what,
      String path,
      List<Problem> problems) {
    List<String> chosen = object.keySet().stream().filter(choices::contains).toList();
    if (chosen.isEmpty()) {
      problems.add(Problem.required(path, "must specify " + what));
    }
    chosen.stream()
        .skip(1)
        .forEach(
            extra ->
                problems.add(
                    Problem.forbidden(
                        path + "." + extra,
                        "may not specify more than one of these, and has " + chosen.get(0))));
  }
}
