package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.select.FieldSelector;
import io.sandjar.runtime.api.select.LabelSelector;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a list or watch asks for.
 *
 * @param namespace empty for all
 * @param selective whether there is a selector at all
 * @param version absent and 0 both mean: any, the newest will do
 * @param exactly whether just that version is wanted, and not a newer one
 * @param initialEvents whether a watch begins with what is there
 */
record ListOptions(
    String namespace,
    LabelSelector labels,
    FieldSelector fields,
    boolean selective,
    int limit,
    Optional<ContinueToken> continueToken,
    long version,
    boolean exactly,
    boolean bookmarks,
    Optional<Boolean> initialEvents,
    Optional<Long> timeoutSeconds) {
  private static final String EXACT = "Exact";
  private static final String NOT_OLDER_THAN = "NotOlderThan";

  static ListOptions of(ObjectType kind, String namespace, Request request) {
    check(request);
    String labels = request.query("labelSelector").orElse("");
    String fields = request.query("fieldSelector").orElse("");
    int limit = (int) Math.min(number(request, "limit").orElse(0L), Integer.MAX_VALUE);
    long version = number(request, "resourceVersion").orElse(0L);
    Optional<String> match = given(request, "resourceVersionMatch");
    return new ListOptions(
        namespace,
        LabelSelector.parse(labels),
        FieldSelector.parse(kind.name(), fields),
        !labels.isBlank() || !fields.isBlank(),
        limit,
        given(request, "continue").map(ContinueToken::decode),
        version,
        // Old clients say it by asking for pages of a version.
        version > 0 && match.map(EXACT::equals).orElse(limit > 0),
        request.flag("allowWatchBookmarks"),
        given(request, "sendInitialEvents").map(said -> request.flag("sendInitialEvents")),
        // None is as good as no limit, as in Go.
        number(request, "timeoutSeconds").filter(seconds -> seconds > 0));
  }

  boolean selects(Map<String, Object> object) {
    Map<String, Object> metadata = Trees.object(object, "metadata");
    return (namespace.isEmpty() || namespace.equals(metadata.get("namespace")))
        && labels.test(Trees.stringMap(metadata, "labels"))
        && fields.test(object);
  }

  /** Which of the options may stand together. */
  private static void check(Request request) {
    var problems = new ArrayList<Problem>();
    Optional<String> match = given(request, "resourceVersionMatch");
    Optional<String> version = given(request, "resourceVersion");
    boolean initialEvents = given(request, "sendInitialEvents").isPresent();
    if (request.flag("watch")) {
      if (initialEvents && !match.equals(Optional.of(NOT_OLDER_THAN))) {
        problems.add(
            forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
      } else if (match.isPresent() && !initialEvents) {
        problems.add(
            forbidden(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is"
                    + " provided"));
      }
    } else {
      if (initialEvents) {
        problems.add(
            Problem.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
      }
      match.ifPresent(word -> checkMatch(word, version, request, problems));
      if (given(request, "continue").isPresent()
          && version.filter(v -> !v.equals("0")).isPresent()) {
        throw Failures.badRequest("specifying resource version is not allowed when using continue");
      }
    }
    if (!problems.isEmpty()) {
      throw Failures.invalidOptions("ListOptions", problems);
    }
  }

  private static void checkMatch(
      String match, Optional<String> version, Request request, List<Problem> problems) {
    if (version.isEmpty()) {
      problems.add(
          forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    if (given(request, "continue").isPresent()) {
      problems.add(forbidden("resourceVersionMatch is forbidden when continue is provided"));
    }
    if (!match.equals(EXACT) && !match.equals(NOT_OLDER_THAN)) {
      problems.add(
          Problem.notSupported("resourceVersionMatch", match, List.of(EXACT, NOT_OLDER_THAN)));
    }
    if (match.equals(EXACT) && version.equals(Optional.of("0"))) {
      problems.add(
          forbidden("resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\""));
    }
  }

  private static Problem forbidden(String why) {
    return Problem.forbidden("resourceVersionMatch", why);
  }

  private static Optional<String> given(Request request, String name) {
    return request.query(name).filter(text -> !text.isEmpty());
  }

  private static Optional<Long> number(Request request, String name) {
    return given(request, name)
        .map(
            text -> {
              if (!text.matches("\\d{1,18}")) {
                throw Failures.badRequest(name + "=" + text + " is not a number");
              }
              return Long.valueOf(text);
            });
  }
}
