package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.Containers;
import io.sandjar.runtime.container.log.LogOptions;
import io.sandjar.runtime.container.log.LogReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.OptionalLong;

/** Answers with a container's log, as the parameters of a pod's log ask for it. */
public final class ContainerLogs {
  private final Containers containers;
  private final InstantSource clock;

  public ContainerLogs(Containers containers, InstantSource clock) {
    this.containers = containers;
    this.clock = clock;
  }

  public Response log(Container container, Request request) {
    if (container.record().logFile().isEmpty()) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "container "
              + container.record().label()
              + " has no log: its sandbox has no log_directory, or it has no log_path");
    }
    var reader = new LogReader(Path.of(container.record().logFile()), options(request));
    return Response.stream("text/plain", out -> reader.read(out, () -> hasEnded(container.id())));
  }

  private boolean hasEnded(String id) {
    return containers
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
    return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(wholeNumber(name, text.get()));
  }

  static long wholeNumber(String name, String text) {
    if (!text.matches("\\d{1,15}")) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, name + ": \"" + text + "\" is not a number of 0 or more");
    }
    return Long.parseLong(text);
  }
}
