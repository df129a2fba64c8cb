package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The launch programs of containers: every syscall that starts them, step by step. */
public final class PlanRoutes {
  private static final String CONTAINER = "container";
  private static final String SANDBOX = "sandbox";

  private final PodEngine engine;
  private final Finder finder;
  private final HandMade handMade;

  public PlanRoutes(PodEngine engine, Finder finder, HandMade handMade) {
    this.engine = engine;
    this.finder = finder;
    this.handMade = handMade;
  }

  public void addTo(Router router) {
    router.get(
        "/apis/sandjar.io/v1/containers/{id}/plan",
        request -> answer(finder.container(request.param("id"))));
    router.post("/apis/sandjar.io/v1/plan", this::wouldBe);
  }

  private Response answer(Container container) throws IOException {
    return Response.json(
        tree(
            container.record().pod().name(),
            container.spec().name().name(),
            engine.containers().plan(container.id())));
  }

  static Map<String, Object> tree(String pod, String container, List<String> steps) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("kind", "LaunchProgram");
    tree.put("apiVersion", "sandjar.io/v1");
    tree.put("pod", pod);
    tree.put(CONTAINER, container);
    tree.put("lines", steps);
    return tree;
  }

  /**
   * The program of a container that is not there. It is made up to its gate and removed again: only
   * so is every path and number in it the true one. Its command never runs.
   */
  private Response wouldBe(Request request) throws IOException {
    Map<String, Object> body = request.json(SandboxRoutes.LONGEST_BODY);
    Sandbox sandbox = handMade.run(part(body, SANDBOX));
    try {
      return answer(handMade.create(sandbox, part(body, CONTAINER)));
    } finally {
      handMade.remove(sandbox);
    }
  }

  static Map<String, Object> part(Map<String, Object> body, String key) {
    if (!(body.get(key) instanceof Map<?, ?> given)) {
      throw new IllegalArgumentException("\"" + key + "\" must be an object");
    }
    Map<String, Object> part = new LinkedHashMap<>();
    given.forEach((name, value) -> part.put(String.valueOf(name), value));
    return part;
  }
}
