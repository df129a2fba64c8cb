package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.Execs;
import io.sandjar.runtime.stream.RemoteCommandUpgrade;
import io.sandjar.runtime.stream.SessionOpener;
import io.sandjar.runtime.stream.StdioOptions;
import io.sandjar.runtime.stream.StdioSession;
import io.sandjar.runtime.stream.StreamLimits;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Exec and attach over an upgraded HTTP connection, for a container that was found already. */
public final class ContainerSessions {
  private final Execs execs;
  private final Executor workers;
  private final RemoteCommandUpgrade commands = new RemoteCommandUpgrade(StreamLimits.KUBERNETES);

  /**
   * @param workers run what may block
   */
  public ContainerSessions(Execs execs, Executor workers) {
    this.execs = execs;
    this.workers = workers;
  }

  public Response exec(Container container, Request request) {
    List<String> command = request.queries("command");
    if (command.isEmpty()) {
      throw new EngineException(Kind.INVALID_ARGUMENT, "you must specify at least 1 command");
    }
    StdioOptions options = options(request, request.flag("tty"));
    return Response.handoff(
        (channel, head) ->
            commands.exec(
                channel,
                head,
                options,
                opener(() -> execs.open(container.id(), command, options))));
  }

  public Response attach(Container container, Request request) {
    StdioOptions options = options(request, container.spec().tty());
    return Response.handoff(
        (channel, head) ->
            commands.attach(
                channel, head, options, opener(() -> execs.attach(container.id(), options))));
  }

  private static StdioOptions options(Request request, boolean terminal) {
    return new StdioOptions(
        request.flag("stdin"),
        request.flag("stdout"),
        request.flag("stderr") && !terminal,
        terminal);
  }

  /** Opens a session; may block. */
  private interface Opening {
    StdioSession open() throws IOException;
  }

  private SessionOpener opener(Opening opening) {
    return () ->
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return opening.open();
              } catch (IOException failed) {
                throw new CompletionException(failed.getMessage(), failed);
              }
            },
            workers);
  }
}
