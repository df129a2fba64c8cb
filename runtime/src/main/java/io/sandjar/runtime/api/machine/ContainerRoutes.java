package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.PodStats;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Containers over HTTP: their life, their streams, and what they use. */
public final class ContainerRoutes {
  private static final String BASE = "/apis/sandjar.io/v1/containers";
  private static final String ONE = BASE + "/{id}";
  private static final long USUAL_GRACE_SECONDS = 10;

  private final PodEngine engine;
  private final Finder finder;
  private final HandMade handMade;
  private final ContainerSessions sessions;
  private final ContainerLogs logs;

  public ContainerRoutes(
      PodEngine engine,
      Finder finder,
      HandMade handMade,
      ContainerSessions sessions,
      ContainerLogs logs) {
    this.engine = engine;
    this.finder = finder;
    this.handMade = handMade;
    this.sessions = sessions;
    this.logs = logs;
  }

  public void addTo(Router router) {
    router.get(BASE, request -> list());
    router.post(SandboxRoutes.BASE + "/{id}/containers", this::create);
    router.get(ONE, request -> Response.json(MachineTrees.details(meant(request))));
    router.post(ONE + "/start", this::start);
    router.post(ONE + "/stop", this::stop);
    router.delete(ONE, this::remove);
    router.get(ONE + "/log", request -> logs.log(meant(request), request));
    router.get(ONE + "/stats", request -> Response.json(stats(meant(request))));
    router.get("/apis/sandjar.io/v1/containerstats", request -> allStats());
    for (String method : List.of("GET", "POST")) {
      router.on(method, ONE + "/exec", request -> sessions.exec(meant(request), request));
      router.on(method, ONE + "/attach", request -> sessions.attach(meant(request), request));
    }
  }

  private Container meant(Request request) {
    return finder.container(request.param("id"));
  }

  private Response list() {
    return items(
        engine.containers().list().stream()
            .sorted(Comparator.comparing((Container each) -> each.record().createdAt()).reversed())
            .map(MachineTrees::summary)
            .toList());
  }

  private static Response items(List<Map<String, Object>> items) {
    return Response.json(
        Map.of("kind", "ContainerList", "apiVersion", "sandjar.io/v1", "items", items));
  }

  private Response create(Request request) throws IOException {
    Container made =
        handMade.create(
            finder.sandbox(request.param("id")), request.json(SandboxRoutes.LONGEST_BODY));
    return Response.json(201, MachineTrees.details(made));
  }

  private Response start(Request request) throws IOException {
    Container container = meant(request);
    engine.containers().start(container.id());
    return summary(container.id());
  }

  private Response stop(Request request) throws IOException {
    Container container = meant(request);
    long grace =
        request
            .query("timeout")
            .map(text -> ContainerLogs.wholeNumber("timeout", text))
            .orElse(USUAL_GRACE_SECONDS);
    engine.containers().stop(container.id(), Duration.ofSeconds(grace));
    return summary(container.id());
  }

  private Response remove(Request request) throws IOException {
    Container container = meant(request);
    if (container.state() == Container.State.RUNNING && !request.flag("force")) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "container "
              + container.record().label()
              + " is running: stop it first, or force its removal");
    }
    engine.containers().remove(container.id());
    return Response.json(MachineTrees.summary(container));
  }

  private Response summary(String id) {
    return Response.json(MachineTrees.summary(engine.containers().get(id)));
  }

  private Response allStats() {
    return items(
        engine.containers().list().stream()
            .filter(container -> container.state() == Container.State.RUNNING)
            .map(this::stats)
            .toList());
  }

  private Map<String, Object> stats(Container container) {
    PodStats.OfContainer measured = engine.stats().of(container);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", container.id());
    tree.put("name", container.spec().name().name());
    tree.put("pod", container.record().pod().name());
    tree.put("namespace", container.record().pod().namespace());
    measured
        .usage()
        .ifPresent(
            usage -> {
              tree.put("timestampNanos", usage.timestampNanos());
              tree.put("cpuUsageNanos", usage.cpuNanos());
              tree.put("memoryBytes", usage.memory().workingSet());
              usage.memory().limit().ifPresent(limit -> tree.put("memoryLimitBytes", limit));
              tree.put("processes", engine.stats().processes(container));
            });
    tree.put("nanoCores", measured.nanoCores());
    tree.put("diskBytes", measured.writableLayer().bytes());
    tree.put("inodes", measured.writableLayer().inodes());
    return tree;
  }
}
