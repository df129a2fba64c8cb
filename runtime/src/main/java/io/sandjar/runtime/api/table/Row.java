package io.sandjar.runtime.api.table;

import io.sandjar.runtime.pod.schema.Trees;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** An object that a row is made of, and the time that ages are counted from. */
record Row(Map<String, Object> object, Instant now) {

  Map<String, Object> at(String... path) {
    return Trees.object(object, path);
  }

  String name() {
    return Trees.string(at("metadata"), "name", "");
  }

  String age() {
    return since(Trees.string(at("metadata"), "creationTimestamp"));
  }

  String since(Optional<String> timestamp) {
    return HumanDuration.since(timestamp, now);
  }
}
