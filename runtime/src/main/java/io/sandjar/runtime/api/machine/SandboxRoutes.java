package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.util.Comparator;
import java.util.Map;

/**
 * Pod sandboxes over HTTP. One without containers has a network all the same: experiments with pod
 * networking need no more than that, and no image.
 */
public final class SandboxRoutes {
  static final String BASE = "/apis/sandjar.io/v1/sandboxes";
  static final int LONGEST_BODY = 1 << 20;

  private final PodEngine engine;
  private final Finder finder;
  private final HandMade handMade;

  public SandboxRoutes(PodEngine engine, Finder finder, HandMade handMade) {
    this.engine = engine;
    this.finder = finder;
    this.handMade = handMade;
  }

  public void addTo(Router router) {
    router.get(BASE, request -> list());
    router.post(BASE, this::run);
    router.get(BASE + "/{id}", this::inspect);
    router.post(BASE + "/{id}/stop", this::stop);
    router.delete(BASE + "/{id}", this::remove);
  }

  private Response list() {
    return Response.json(
        Map.of(
            "kind",
            "SandboxList",
            "apiVersion",
            "sandjar.io/v1",
            "items",
            engine.sandboxes().list().stream()
                .sorted(
                    Comparator.comparing((Sandbox each) -> each.record().createdAt()).reversed())
                .map(MachineTrees::summary)
                .toList()));
  }

  private Response run(Request request) throws IOException {
    Sandbox made = handMade.run(request.json(LONGEST_BODY));
    return Response.json(201, MachineTrees.details(made, java.util.List.of()));
  }

  private Sandbox meant(Request request) {
    return finder.sandbox(request.param("id"));
  }

  private Response inspect(Request request) {
    Sandbox sandbox = meant(request);
    return Response.json(
        MachineTrees.details(sandbox, engine.containers().ofSandbox(sandbox.id())));
  }

  private Response stop(Request request) throws IOException {
    Sandbox sandbox = meant(request);
    engine.teardown().stop(sandbox.id());
    return Response.json(MachineTrees.summary(sandbox));
  }

  /** With what runs in it only if that is asked for. */
  private Response remove(Request request) throws IOException {
    Sandbox sandbox = meant(request);
    boolean runs =
        engine.containers().ofSandbox(sandbox.id()).stream()
            .anyMatch(container -> container.state() == Container.State.RUNNING);
    if (runs && !request.flag("force")) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "containers run in sandbox "
              + sandbox.spec().name().name()
              + ": stop it first, or force its removal");
    }
    handMade.remove(sandbox);
    return Response.json(MachineTrees.summary(sandbox));
  }
}
