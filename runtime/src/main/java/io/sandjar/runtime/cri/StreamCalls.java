package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.AttachRequest;
import io.sandjar.cri.v1.AttachResponse;
import io.sandjar.cri.v1.ExecRequest;
import io.sandjar.cri.v1.ExecResponse;
import io.sandjar.cri.v1.PortForwardRequest;
import io.sandjar.cri.v1.PortForwardResponse;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.linux.launch.Pause;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.stream.PodSockets;
import io.sandjar.runtime.stream.SessionOpener;
import io.sandjar.runtime.stream.StdioOptions;
import io.sandjar.runtime.stream.StdioSession;
import io.sandjar.runtime.stream.StreamingServer;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Exec, Attach and PortForward: check what is asked for and answer where to come for it. */
public final class StreamCalls implements RpcFamily {
  private static final int MAX_PORT = 65535;

  private final PodEngine engine;
  private final StreamingServer server;
  private final Executor workers;

  public StreamCalls(PodEngine engine, StreamingServer server, Executor workers) {
    this.engine = engine;
    this.server = server;
    this.workers = workers;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getExecMethod(), this::exec);
    rpcs.unary(RuntimeServiceGrpc.getAttachMethod(), this::attach);
    rpcs.unary(RuntimeServiceGrpc.getPortForwardMethod(), this::portForward);
  }

  private ExecResponse exec(ExecRequest request) {
    Container container = running(request.getContainerId());
    Fields.require(request.getCmdCount() > 0, "cmd");
    StdioOptions options =
        new StdioOptions(
            request.getStdin(), request.getStdout(), request.getStderr(), request.getTty());
    String url =
        server.execUrl(
            options,
            opener(() -> engine.execs().open(container.id(), request.getCmdList(), options)));
    return ExecResponse.newBuilder().setUrl(url).build();
  }

  private AttachResponse attach(AttachRequest request) {
    Container container = running(request.getContainerId());
    // Whether it is a terminal is the container's to say; a terminal has one output stream.
    boolean terminal = container.spec().tty();
    StdioOptions options =
        new StdioOptions(
            request.getStdin(), request.getStdout(), request.getStderr() && !terminal, terminal);
    String url =
        server.attachUrl(options, opener(() -> engine.execs().attach(container.id(), options)));
    return AttachResponse.newBuilder().setUrl(url).build();
  }

  private PortForwardResponse portForward(PortForwardRequest request) {
    for (int port : request.getPortList()) {
      if (port < 1 || port > MAX_PORT) {
        throw Fields.invalid("port", port + " is not between 1 and " + MAX_PORT);
      }
    }
    Sandbox sandbox =
        engine.sandboxes().get(Fields.required("pod_sandbox_id", request.getPodSandboxId()));
    if (!sandbox.isReady()) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "the sandbox of pod " + sandbox.spec().name() + " is not running");
    }
    PodSockets sockets =
        sandbox.spec().namespaces().hostNetwork()
            ? PodSockets.onHost()
            : PodSockets.inside(() -> networkOf(sandbox));
    return PortForwardResponse.newBuilder()
        .setUrl(server.portForwardUrl(request.getPortList(), sockets))
        .build();
  }

  private Fd networkOf(Sandbox sandbox) throws IOException {
    Pause pause =
        engine
            .sandboxes()
            .pause(sandbox.id())
            .orElseThrow(
                () ->
                    new EngineException(
                        Kind.FAILED_PRECONDITION,
                        "the sandbox of pod " + sandbox.spec().name() + " is not running"));
    return pause.openNamespace("net");
  }

  private Container running(String id) {
    Container container = engine.containers().get(Fields.required("container_id", id));
    if (container.state() != Container.State.RUNNING) {
      throw new EngineException(
          Kind.FAILED_PRECONDITION,
          "container "
              + container.record().label()
              + " is not running, but "
              + container.state().name().toLowerCase(Locale.ROOT));
    }
    return container;
  }

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
