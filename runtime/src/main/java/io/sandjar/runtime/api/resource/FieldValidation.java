package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.pod.schema.Problem;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What becomes of fields that the kind does not have, as the request wants it: refused (also where
 * it says nothing), told as warnings, or left out silently.
 */
final class FieldValidation {
  private final String mode;
  private final Set<String> warnings = new LinkedHashSet<>();

  FieldValidation(Request request) {
    mode = request.query("fieldValidation").filter(word -> !word.isEmpty()).orElse("Strict");
    if (!List.of("Ignore", "Warn", "Strict").contains(mode)) {
      throw Failures.badRequest(
          "fieldValidation: \"" + mode + "\" is not one of Ignore, Warn and Strict");
    }
  }

  /** The problems for which the object is refused. */
  List<Problem> refused(List<Problem> problems) {
    if (mode.equals("Strict")) {
      return problems;
    }
    if (mode.equals("Warn")) {
      problems.stream()
          .filter(FieldValidation::isUnknownField)
          .map(Failures::decoding)
          .forEach(warnings::add);
    }
    return problems.stream().filter(problem -> !isUnknownField(problem)).toList();
  }

  private static boolean isUnknownField(Problem problem) {
    return problem.reason() == Problem.Reason.UNKNOWN_FIELD;
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }
}
