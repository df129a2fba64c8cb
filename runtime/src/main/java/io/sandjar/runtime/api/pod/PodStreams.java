package io.sandjar.runtime.api.pod;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.stream.PodSockets;
import io.sandjar.runtime.stream.PortForwardUpgrade;
import io.sandjar.runtime.stream.RemoteCommandUpgrade;
import io.sandjar.runtime.stream.SessionOpener;
import io.sandjar.runtime.stream.StdioOptions;
import io.sandjar.runtime.stream.StdioSession;
import io.sandjar.runtime.stream.StreamLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** The exec, attach and portforward parts of pods. */
public final class PodStreams {
  private static final String POD = "/api/v1/namespaces/{namespace}/pods/{name}";

  private final PodEngine engine;
  private final PodContainers pods;
  private final Executor workers;
  private final RemoteCommandUpgrade commands = new RemoteCommandUpgrade(StreamLimits.KUBERNETES);
  private final PortForwardUpgrade forwards = new PortForwardUpgrade(StreamLimits.KUBERNETES);

  /**
   * @param workers run what may block
   */
  public PodStreams(PodEngine engine, PodContainers pods, Executor workers) {
    this.engine = engine;
    this.pods = pods;
    this.workers = workers;
  }

  public void register(Router router) {
    for (String method : List.of("GET", "POST")) {
      router
          .on(method, POD + "/exec", this::exec)
          .on(method, POD + "/attach", this::attach)
          .on(method, POD + "/portforward", this::forward);
    }
  }

  private Response exec(Request request) {
    List<String> command = request.queries("command");
    if (command.isEmpty()) {
      throw new EngineException(Kind.INVALID_ARGUMENT, "you must specify at least 1 command");
    }
    Container container = pods.running(request);
    StdioOptions options = options(request, request.flag("tty"));
    return Response.handoff(
        (channel, head) ->
            commands.exec(
                channel,
                head,
                options,
                opener(() -> engine.execs().open(container.id(), command, options))));
  }

  private Response attach(Request request) {
    Container container = pods.running(request);
    StdioOptions options = options(request, container.spec().tty());
    return Response.handoff(
        (channel, head) ->
            commands.attach(
                channel,
                head,
                options,
                opener(() -> engine.execs().attach(container.id(), options))));
  }

  private static StdioOptions options(Request request, boolean terminal) {
    return new StdioOptions(
        request.flag("stdin"),
        request.flag("stdout"),
        request.flag("stderr") && !terminal,
        terminal);
  }

  private Response forward(Request request) {
    Sandbox sandbox = pods.sandbox(request);
    PodSockets sockets =
        sandbox.spec().namespaces().hostNetwork()
            ? PodSockets.onHost()
            : PodSockets.inside(
                () ->
                    engine
                        .sandboxes()
                        .pause(sandbox.id())
                        .orElseThrow(() -> PodContainers.notRunning(sandbox.spec().name().name()))
                        .openNamespace("net"));
    var ports = new ArrayList<Integer>();
    for (String port : request.queries("ports")) {
      for (String one : port.split(",")) {
        ports.add(Integer.parseInt(one));
      }
    }
    return Response.handoff((channel, head) -> forwards.forward(channel, head, ports, sockets));
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
