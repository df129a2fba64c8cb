package io.sandjar.runtime.pod.probe;

import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks the standard gRPC health service. */
final class GrpcCheck {
  private final EventLoopGroup loops;

  GrpcCheck(EventLoopGroup loops) {
    this.loops = loops;
  }

  CompletableFuture<ProbeOutcome> run(String host, ProbeCheck.Grpc check, Duration timeout) {
    var channel =
        NettyChannelBuilder.forAddress(new InetSocketAddress(host, check.port()))
            .eventLoopGroup(loops)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .usePlaintext()
            .build();
    var outcome = new CompletableFuture<ProbeOutcome>();
    var request = HealthCheckRequest.newBuilder().setService(check.service()).build();
    var call =
        channel.newCall(
            HealthGrpc.getCheckMethod(),
            CallOptions.DEFAULT.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS));
    ClientCalls.asyncUnaryCall(call, request, new Answer(outcome, check));
    return outcome.whenComplete((done, failure) -> channel.shutdownNow());
  }

  /** Takes the first answer. */
  private record Answer(CompletableFuture<ProbeOutcome> outcome, ProbeCheck.Grpc check)
      implements StreamObserver<HealthCheckResponse> {
    @Override
    public void onNext(HealthCheckResponse response) {
      var status = response.getStatus();
      outcome.complete(
          status == ServingStatus.SERVING
              ? ProbeOutcome.success("service healthy")
              : ProbeOutcome.failure("service unhealthy (responded with \"" + status + "\")"));
    }

    @Override
    public void onError(Throwable failure) {
      outcome.complete(ProbeOutcome.failure(describe(Status.fromThrowable(failure))));
    }

    private String describe(Status status) {
      return switch (status.getCode()) {
        case UNIMPLEMENTED ->
            "this server does not implement the grpc health protocol (grpc.health.v1.Health)";
        case DEADLINE_EXCEEDED -> "timeout: health rpc did not complete in time";
        case UNAVAILABLE ->
            "failed to connect service at port " + check.port() + ": " + cause(status);
        default -> "health rpc failed: " + status.getCode() + ": " + status.getDescription();
      };
    }

    private static String cause(Status status) {
      return status.getCause() == null
          ? String.valueOf(status.getDescription())
          : TcpCheck.reason(status.getCause());
    }

    @Override
    public void onCompleted() {
      outcome.complete(ProbeOutcome.failure("health rpc ended without an answer"));
    }
  }
}
