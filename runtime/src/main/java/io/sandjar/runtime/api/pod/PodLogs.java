package io.sandjar.runtime.api.pod;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.log.LogOptions;
import io.sandjar.runtime.container.log.LogReader;
import io.sandjar.runtime.pod.store.ObjectKey;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The log part of pods. */
public final class PodLogs {
  private final PodEngine engine;
  private final PodContainers pods;
  private final InstantSource clock;

  public PodLogs(PodEngine engine, PodContainers pods, InstantSource clock) {
    this.engine = engine;
    this.pods = pods;
    this.clock = clock;
  }

  public void register(Router router) {
    router.get("/api/v1/namespaces/{namespace}/pods/{name}/log", this::log);
  }

  private Response log(Request request) {
    Map<String, Object> pod = pods.pod(request);
    String name = pods.containerName(pod, request);
    List<Container> attempts = pods.attempts(pod, name);
    boolean previous = request.flag("previous");
    if (previous && attempts.size() < 2) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "previous terminated container \""
              + name
              + "\" in pod \""
              + ObjectKey.of(pod).name()
              + "\" not found");
    }
    if (attempts.isEmpty()) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container \""
              + name
              + "\" in pod \""
              + ObjectKey.of(pod).name()
              + "\" is waiting to start");
    }
    Container container = attempts.get(previous ? 1 : 0);
    var reader = new LogReader(Path.of(container.record().logFile()), options(request));
    return Response.stream("text/plain", out -> reader.read(out, () -> hasEnded(container.id())));
  }

  private boolean hasEnded(String id) {
    return engine
        .containers()
        .find(id)
        .map(container -> container.state() == Container.State.EXITED)
        .orElse(true);
  }

  private LogOptions options(Request request) {
    return new LogOptions(
        request.flag("follow"),
        number(request, "tailLines"),
        since(request),
        request.flag("timestamps"),
        number(request, "limitBytes"),
        Optional.empty());
  }

  private Optional<Instant> since(Request request) {
    OptionalLong seconds = number(request, "sinceSeconds");
    if (seconds.isPresent()) {
      return Optional.of(clock.instant().minus(Duration.ofSeconds(seconds.getAsLong())));
    }
    try {
      return request.query("sinceTime").filter(time -> !time.isEmpty()).map(Instant::parse);
    } catch (DateTimeParseException e) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "sinceTime is not an RFC 3339 time: " + e.getParsedString());
    }
  }

  private static OptionalLong number(Request request, String name) {
    Optional<String> text = request.query(name).filter(given -> !given.isEmpty());
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!text.get().matches("\\d{1,15}")) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, name + ": \"" + text.get() + "\" is not a number of 0 or more");
    }
    return OptionalLong.of(Long.parseLong(text.get()));
  }
}
