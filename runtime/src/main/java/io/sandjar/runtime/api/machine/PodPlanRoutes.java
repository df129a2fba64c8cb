package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.pod.node.WouldBePods;
import java.io.IOException;
import java.util.Map;

/** The launch programs of pods that are manifests only. */
public final class PodPlanRoutes {
  private final WouldBePods pods;

  public PodPlanRoutes(WouldBePods pods) {
    this.pods = pods;
  }

  public void addTo(Router router) {
    router.post("/apis/sandjar.io/v1/plan/pod", this::plan);
  }

  private Response plan(Request request) throws IOException {
    Map<String, Object> body = request.json(SandboxRoutes.LONGEST_BODY);
    if (!(body.get("container") instanceof String container)) {
      throw new IllegalArgumentException("\"container\" must be the name of one");
    }
    WouldBePods.Program program = pods.plan(PlanRoutes.part(body, "pod"), container);
    return Response.json(PlanRoutes.tree(program.pod(), program.container(), program.steps()));
  }
}
