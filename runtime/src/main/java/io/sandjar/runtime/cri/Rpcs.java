package io.sandjar.runtime.cri;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The table from RPC to handler. What every RPC needs is said here once: errors become statuses,
 * and an RPC that nobody bound answers UNIMPLEMENTED with its name.
 *
 * <p>Handlers run on threads that may block.
 */
public final class Rpcs {

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

  private final Map<String, ServerMethodDefinition<?, ?>> bound = new HashMap<>();

  /** The gRPC services with every RPC of {@code services}, bound by {@code families} or not. */
  static List<ServerServiceDefinition> bind(
      Collection<? extends RpcFamily> families, ServiceDescriptor... services) {
    var rpcs = new Rpcs();
    families.forEach(family -> family.bind(rpcs));
    return List.of(services).stream().map(rpcs::define).toList();
  }

  public <Q, A> void unary(MethodDescriptor<Q, A> rpc, Unary<Q, A> handler) {
    add(
        rpc,
        ServerMethodDefinition.create(
            rpc,
            ServerCalls.asyncUnaryCall(
                (request, answer) -> answer(rpc, handler, request, answer))));
  }

  public <Q, A> void streaming(MethodDescriptor<Q, A> rpc, Streaming<Q, A> handler) {
    add(
        rpc,
        ServerMethodDefinition.create(
            rpc,
            ServerCalls.asyncServerStreamingCall(
                (request, answers) -> stream(rpc, handler, request, answers))));
  }

  public <Q, A> void subscription(MethodDescriptor<Q, A> rpc, Subscription<Q, A> handler) {
    add(
        rpc,
        ServerMethodDefinition.create(
            rpc,
            ServerCalls.asyncServerStreamingCall(
                (request, answers) -> subscribe(rpc, handler, request, answers))));
  }

  private void add(MethodDescriptor<?, ?> rpc, ServerMethodDefinition<?, ?> definition) {
    if (bound.putIfAbsent(rpc.getFullMethodName(), definition) != null) {
      throw new IllegalStateException(rpc.getFullMethodName() + " is bound twice");
    }
  }

  private static <Q, A> void answer(
      MethodDescriptor<Q, A> rpc, Unary<Q, A> handler, Q request, StreamObserver<A> answer) {
    A message;
    try {
      message = handler.call(request);
    } catch (Exception | LinkageError e) {
      answer.onError(RpcErrors.toStatus(rpc.getBareMethodName(), e));
      return;
    }
    answer.onNext(message);
    answer.onCompleted();
  }

  private static <Q, A> void stream(
      MethodDescriptor<Q, A> rpc, Streaming<Q, A> handler, Q request, StreamObserver<A> answers) {
    try {
      handler.call(request, answers::onNext);
    } catch (Exception | LinkageError e) {
      answers.onError(RpcErrors.toStatus(rpc.getBareMethodName(), e));
      return;
    }
    answers.onCompleted();
  }

  private static <Q, A> void subscribe(
      MethodDescriptor<Q, A> rpc,
      Subscription<Q, A> handler,
      Q request,
      StreamObserver<A> answers) {
    var subscription =
        new OpenSubscription<>(rpc.getBareMethodName(), (ServerCallStreamObserver<A>) answers);
    try {
      subscription.opened(handler.open(request, subscription));
    } catch (Exception | LinkageError e) {
      answers.onError(RpcErrors.toStatus(rpc.getBareMethodName(), e));
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
