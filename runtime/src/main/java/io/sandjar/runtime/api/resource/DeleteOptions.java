package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * How an object is to be deleted, by the body and the query of the request.
 *
 * @param graceSeconds absent where the object's own counts
 * @param preconditions uid and resourceVersion that the object must have
 */
record DeleteOptions(
    Optional<Long> graceSeconds, Map<String, Object> preconditions, boolean dryRun) {

  static DeleteOptions of(Request request) throws IOException {
    Map<String, Object> body = Bodies.optionalObject(request);
    boolean dryRun =
        WriteOptions.isDryRun("DeleteOptions", request.queries("dryRun"))
            | WriteOptions.isDryRun("DeleteOptions", Trees.strings(body, "dryRun"));
    return new DeleteOptions(grace(body, request), Trees.object(body, "preconditions"), dryRun);
  }

  private static Optional<Long> grace(Map<String, Object> body, Request request) {
    Object written =
        body.containsKey("gracePeriodSeconds")
            ? body.get("gracePeriodSeconds")
            : request.query("gracePeriodSeconds").orElse(null);
    if (written == null) {
      return Optional.empty();
    }
    if (!String.valueOf(written).matches("-?\\d{1,9}")) {
      throw Failures.badRequest("gracePeriodSeconds=" + written + " is not a number of seconds");
    }
    long seconds = Long.parseLong(String.valueOf(written));
    // As upstream: less than nothing is as little as can be.
    return Optional.of(seconds < 0 ? 1 : seconds);
  }

  /** Refuses to delete another object than the one that is meant. */
  void check(ObjectType kind, String name, Map<String, Object> object) {
    Map<String, Object> metadata = Trees.object(object, "metadata");
    check(
        kind,
        name,
        metadata,
        "uid",
        "UID",
        "The object might have been deleted and then recreated");
    check(
        kind,
        name,
        metadata,
        "resourceVersion",
        "ResourceVersion",
        "The object might have been modified");
  }

  private void check(
      ObjectType kind,
      String name,
      Map<String, Object> metadata,
      String field,
      String word,
      String guess) {
    Object wanted = preconditions.get(field);
    if (wanted != null && !wanted.equals(metadata.get(field))) {
      throw Failures.conflict(
          kind,
          name,
          "the %s in the precondition (%s) does not match the %s in record (%s). %s"
              .formatted(word, wanted, word, metadata.get(field), guess));
    }
  }
}
