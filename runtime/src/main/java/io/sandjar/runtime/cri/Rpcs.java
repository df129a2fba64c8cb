package io.sandjar.runtime.cri;

import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * The table from RPC to handler. What every RPC needs is said here once: errors become statuses,
 * and an RPC that nobody bound answers UNIMPLEMENTED with its name.
 *
 * <p>A request is read on the event loop, since it comes there in pieces that are not worth a
 * thread each; its handler then runs on a worker, which may block.
 */
public final class Rpcs {
  private static final System.Logger LOG = System.getLogger(Rpcs.class.getName());

  /** Answers one request with one message. */
  @FunctionalInterface
  public interface Unary<Q, A> {
    A call(Q request) throws Exception;
  }

  /** Answers one request with several messages; the stream ends when it returns. */
  @FunctionalInterface
  public interface Streaming<Q, A> {
    void call(Q request, Consumer<A> answers) throws Exception;
  }

  /** Sends messages until the client leaves; what it returns is closed then. */
  @FunctionalInterface
  public interface Subscription<Q, A> {
    AutoCloseable open(Q request, Subscriber<A> client) throws Exception;
  }

  /** A client that is sent messages for as long as it stays. */
  public interface Subscriber<A> {
    /**
     * Waits while the client takes nothing, so that what it has not taken is not kept in memory. To
     * be called from a thread that may block; nothing happens once the client has left.
     */
    void send(A message);

    /** Sends the client away. */
    void end(Status why);
  }

  private interface Work {
    void run() throws Exception;
  }

  private final Map<String, ServerMethodDefinition<?, ?>> bound = new HashMap<>();
  private final Executor workers;

  private Rpcs(Executor workers) {
    this.workers = workers;
  }

  /**
   * The gRPC services with every RPC of {@code services}, bound by {@code families} or not, for a
   * server that calls them on its event loop.
   */
  static List<ServerServiceDefinition> bind(
      Collection<? extends RpcFamily> families, Executor workers, ServiceDescriptor... services) {
    var rpcs = new Rpcs(workers);
    families.forEach(family -> family.bind(rpcs));
    return List.of(services).stream().map(rpcs::define).toList();
  }

  public <Q, A> void unary(MethodDescriptor<Q, A> rpc, Unary<Q, A> handler) {
    add(
        rpc,
        ServerCalls.asyncUnaryCall(
            (request, client) ->
                onWorker(
                    rpc,
                    client,
                    () -> {
                      client.onNext(handler.call(request));
                      client.onCompleted();
                    })));
  }

  public <Q, A> void streaming(MethodDescriptor<Q, A> rpc, Streaming<Q, A> handler) {
    add(
        rpc,
        ServerCalls.asyncServerStreamingCall(
            (request, client) ->
                onWorker(
                    rpc,
                    client,
                    () -> {
                      handler.call(request, client::onNext);
                      client.onCompleted();
                    })));
  }

  public <Q, A> void subscription(MethodDescriptor<Q, A> rpc, Subscription<Q, A> handler) {
    add(
        rpc,
        ServerCalls.asyncServerStreamingCall(
            (request, client) -> {
              var subscription =
                  new OpenSubscription<>(
                      rpc.getBareMethodName(), (ServerCallStreamObserver<A>) client);
              onWorker(rpc, client, () -> subscription.opened(handler.open(request, subscription)));
            }));
  }

  private <Q, A> void add(MethodDescriptor<Q, A> rpc, ServerCallHandler<Q, A> handler) {
    var definition = ServerMethodDefinition.create(rpc, handler);
    if (bound.putIfAbsent(rpc.getFullMethodName(), definition) != null) {
      throw new IllegalStateException(rpc.getFullMethodName() + " is bound twice");
    }
  }

  private void onWorker(MethodDescriptor<?, ?> rpc, StreamObserver<?> client, Work work) {
    Runnable answering =
        () -> {
          try {
            work.run();
          } catch (Throwable e) {
            // Of any kind: a client that gets no answer waits for ever.
            refuse(rpc, client, RpcErrors.toStatus(rpc.getBareMethodName(), e));
          }
        };
    try {
      workers.execute(Context.current().wrap(answering));
    } catch (RejectedExecutionException ending) {
      client.onError(
          Status.UNAVAILABLE.withDescription("the daemon is ending").asRuntimeException());
    }
  }

  private static void refuse(
      MethodDescriptor<?, ?> rpc, StreamObserver<?> client, StatusRuntimeException why) {
    try {
      client.onError(why);
    } catch (RuntimeException over) {
      // The call was closed before its handler failed, and nobody is left to be told.
      LOG.log(
          Level.DEBUG,
          () ->
              rpc.getBareMethodName()
                  + " is over ("
                  + over.getMessage()
                  + "): "
                  + why.getMessage());
    }
  }

  private ServerServiceDefinition define(ServiceDescriptor service) {
    var definition = ServerServiceDefinition.builder(service);
    for (var rpc : service.getMethods()) {
      ServerMethodDefinition<?, ?> handler = bound.get(rpc.getFullMethodName());
      if (handler == null) {
        handler = unimplemented(rpc);
      }
      definition.addMethod(handler);
    }
    return definition.build();
  }

  private static <Q, A> ServerMethodDefinition<Q, A> unimplemented(MethodDescriptor<Q, A> rpc) {
    return ServerMethodDefinition.create(
        rpc,
        (call, headers) -> {
          call.close(
              Status.UNIMPLEMENTED.withDescription(rpc.getBareMethodName() + " is not implemented"),
              new io.grpc.Metadata());
          return new io.grpc.ServerCall.Listener<>() {};
        });
  }
}
