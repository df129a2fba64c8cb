package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.select.FieldSelector;
import io.sandjar.runtime.api.select.LabelSelector;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.Map;
import java.util.Optional;

/**
 * What a list or watch asks for.
 *
 * @param namespace empty for all
 */
record ListOptions(
    String namespace,
    LabelSelector labels,
    FieldSelector fields,
    int limit,
    Optional<String> continueToken,
    Optional<String> resourceVersion,
    boolean bookmarks,
    boolean initialEvents,
    Optional<Long> timeoutSeconds) {

  static ListOptions of(ObjectType kind, String namespace, Request request) {
    return new ListOptions(
        namespace,
        LabelSelector.parse(request.query("labelSelector").orElse("")),
        FieldSelector.parse(kind.name(), request.query("fieldSelector").orElse("")),
        (int) Math.min(number(request, "limit").orElse(0L), Integer.MAX_VALUE),
        request.query("continue").filter(token -> !token.isEmpty()),
        request.query("resourceVersion").filter(version -> !version.isEmpty()),
        request.flag("allowWatchBookmarks"),
        request.flag("sendInitialEvents"),
        number(request, "timeoutSeconds"));
  }

  boolean selects(Map<String, Object> object) {
    Map<String, Object> metadata = Trees.object(object, "metadata");
    return (namespace.isEmpty() || namespace.equals(metadata.get("namespace")))
        && labels.test(Trees.stringMap(metadata, "labels"))
        && fields.test(object);
  }

  private static Optional<Long> number(Request request, String name) {
    return request
        .query(name)
        .filter(text -> !text.isEmpty())
        .map(
            text -> {
              if (!text.matches("\\d{1,12}")) {
                throw Failures.badRequest(name + "=" + text + " is not a number");
              }
              return Long.valueOf(text);
            });
  }
}
