package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.api.StatusObject;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The API server's refusals, with the words that kubectl prints. */
final class Failures {

  private Failures() {}

  static ApiException notFound(ObjectType kind, String name) {
    String plural = kind.resource().orElseThrow().plural();
    return failure(404, "NotFound", plural + " \"" + name + "\" not found", plural, name);
  }

  static ApiException alreadyExists(ObjectType kind, String name) {
    String plural = kind.resource().orElseThrow().plural();
    return failure(409, "AlreadyExists", plural + " \"" + name + "\" already exists", plural, name);
  }

  static ApiException conflict(ObjectType kind, String name, String why) {
    String plural = kind.resource().orElseThrow().plural();
    return failure(
        409,
        "Conflict",
        "Operation cannot be fulfilled on " + plural + " \"" + name + "\": " + why,
        plural,
        name);
  }

  static ApiException forbidden(ObjectType kind, String name, String why) {
    String plural = kind.resource().orElseThrow().plural();
    return failure(
        403, "Forbidden", plural + " \"" + name + "\" is forbidden: " + why, plural, name);
  }

  static ApiException badRequest(String message) {
    return new ApiException(400, "BadRequest", message);
  }

  static ApiException unsupportedMediaType(String given, List<String> accepted) {
    return new ApiException(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format ("
            + given
            + "); accepted media types include: "
            + String.join(", ", accepted));
  }

  /** The changes since that version are forgotten. */
  static ApiException expired(long version, long current) {
    return new ApiException(
        410, "Expired", "too old resource version: " + version + " (" + current + ")");
  }

  /** As {@link #expired}, of a page; {@code next} gets the rest of the list as it is now. */
  static ApiException expiredPage(ContinueToken next) {
    return new ApiException(
        new StatusObject(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. You"
                + " can start a new list without the continue parameter, or use the continue token"
                + " in this response to retrieve the remainder of the results. Continuing with the"
                + " provided token results in an inconsistent list - objects that were created,"
                + " modified, or deleted between the time the first chunk was returned and now may"
                + " show up in the list.",
            Map.of(),
            Map.of("continue", next.encode())));
  }

  /** The client has seen a version that this server has not given yet. */
  static ApiException tooLarge(long version, long current) {
    Map<String, Object> cause =
        Map.of("reason", "ResourceVersionTooLarge", "message", "Too large resource version");
    return new ApiException(
        new StatusObject(
            504,
            "Timeout",
            "Too large resource version: " + version + ", current: " + current,
            Map.of("causes", List.of(cause), "retryAfterSeconds", 1)));
  }

  /** The query of a request has what does not belong together. */
  static ApiException invalidOptions(String options, List<Problem> problems) {
    return new ApiException(
        new StatusObject(
            422,
            "Invalid",
            options + ".meta.k8s.io \"\" is invalid: " + joined(problems),
            withCauses(
                new LinkedHashMap<>(Map.of("group", "meta.k8s.io", "kind", options)), problems)));
  }

  /** Every problem at once: 400 where the object cannot be read as its kind, else 422. */
  static ApiException invalid(ObjectType kind, String name, List<Problem> problems) {
    if (problems.stream().anyMatch(problem -> problem.reason().isShape())) {
      String all = problems.stream().map(Failures::decoding).collect(Collectors.joining(", "));
      return new ApiException(
          new StatusObject(
              400,
              "BadRequest",
              kind.name()
                  + " in version \"v1\" cannot be handled as a "
                  + kind.name()
                  + ": strict decoding error: "
                  + all,
              details(kind.name(), name, problems)));
    }
    return new ApiException(
        new StatusObject(
            422,
            "Invalid",
            kind.name() + " \"" + name + "\" is invalid: " + joined(problems),
            details(kind.name(), name, problems)));
  }

  private static String joined(List<Problem> problems) {
    String all = problems.stream().map(Problem::toString).collect(Collectors.joining(", "));
    return problems.size() == 1 ? all : "[" + all + "]";
  }

  /** As the decoder of the API server says it. */
  static String decoding(Problem problem) {
    return problem.reason() == Problem.Reason.UNKNOWN_FIELD
        ? "unknown field \""
            + problem.path()
            + "\""
            + problem.message().substring("unknown field".length())
        : problem.toString();
  }

  private static Map<String, Object> details(String kind, String name, List<Problem> problems) {
    return withCauses(details(kind, name), problems);
  }

  private static Map<String, Object> withCauses(
      Map<String, Object> details, List<Problem> problems) {
    details.put(
        "causes",
        problems.stream()
            .map(
                problem ->
                    Map.of(
                        "reason", problem.reason().word(),
                        "message", problem.message(),
                        "field", problem.path()))
            .toList());
    return details;
  }

  private static Map<String, Object> details(String kind, String name) {
    var details = new LinkedHashMap<String, Object>();
    details.put("name", name);
    details.put("kind", kind);
    return details;
  }

  private static ApiException failure(
      int code, String reason, String message, String kind, String name) {
    return new ApiException(new StatusObject(code, reason, message, details(kind, name)));
  }
}
