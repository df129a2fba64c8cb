package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.patch.JsonPatch;
import io.sandjar.runtime.api.patch.MergePatch;
import io.sandjar.runtime.api.patch.ServerSideApply;
import io.sandjar.runtime.api.patch.StrategicMergePatch;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Reads a patch in whichever of the four formats it comes. */
final class Patches {
  private static final String APPLY = "application/apply-patch+yaml";
  private static final List<String> ACCEPTED =
      List.of(
          "application/json-patch+json",
          "application/merge-patch+json",
          "application/strategic-merge-patch+json",
          APPLY);

  private final StrategicMergePatch strategic;
  private final ServerSideApply apply;

  Patches(Schema schema, InstantSource clock) {
    this.strategic = new StrategicMergePatch(schema);
    this.apply = new ServerSideApply(schema, clock);
  }

  /**
   * A patch that was read.
   *
   * @param isApply whether it also makes an object that is not there, and keeps account itself of
   *     who set which field
   */
  record Patch(UnaryOperator<Map<String, Object>> change, boolean isApply) {

    Map<String, Object> apply(Map<String, Object> object) {
      return change.apply(object);
    }
  }

  Patch read(ObjectType kind, Request request) throws IOException {
    switch (Bodies.mediaType(request)) {
      case "application/json-patch+json" -> {
        List<?> operations = Bodies.jsonList(request);
        return new Patch(object -> JsonPatch.apply(object, operations), false);
      }
      case "application/merge-patch+json" -> {
        Map<String, Object> patch = Bodies.json(request);
        return new Patch(object -> MergePatch.apply(object, patch), false);
      }
      case "application/strategic-merge-patch+json" -> {
        Map<String, Object> patch = Bodies.json(request);
        return new Patch(object -> strategic.apply(kind, object, patch), false);
      }
      case APPLY -> {
        Map<String, Object> configuration = Bodies.yaml(request);
        String manager =
            request
                .query("fieldManager")
                .filter(name -> !name.isEmpty())
                .orElseThrow(() -> Failures.badRequest("fieldManager is required for apply patch"));
        boolean force = request.flag("force");
        return new Patch(object -> apply.apply(kind, object, configuration, manager, force), true);
      }
      default -> throw Failures.unsupportedMediaType(Bodies.mediaType(request), ACCEPTED);
    }
  }
}
