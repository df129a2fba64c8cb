package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.pod.schema.Problem;
import java.util.List;

/**
 * How an object is to be written, by the query of the request.
 *
 * @param manager who writes: as the request says, or else the program that sends it
 */
record WriteOptions(boolean dryRun, String manager) {

  static WriteOptions of(Request request) {
    return new WriteOptions(
        isDryRun("UpdateOptions", request.queries("dryRun")),
        request
            .query("fieldManager")
            .filter(name -> !name.isEmpty())
            .orElseGet(() -> request.header("user-agent").orElse("unknown").split("/", 2)[0]));
  }

  /** A word that is not understood must not make a rehearsal the real thing. */
  static boolean isDryRun(String options, List<String> words) {
    for (String word : words) {
      if (!word.equals("All")) {
        throw Failures.invalidOptions(
            options, List.of(Problem.notSupported("dryRun", word, List.of("All"))));
      }
    }
    return !words.isEmpty();
  }
}
