package io.sandjar.runtime.cri;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.sandjar.runtime.metric.MetricWriter;
import io.sandjar.runtime.metric.Timings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/** Counts the RPCs, by name and outcome, and times them. */
public final class RpcMetrics implements ServerInterceptor {
  private final Map<String, LongAdder> started = new ConcurrentSkipListMap<>();
  private final Map<String, Map<String, LongAdder>> ended = new ConcurrentSkipListMap<>();
  private final Timings durations =
      new Timings("sandjar_rpc_duration_seconds", "How long RPCs took, until their end.", "rpc");

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> handler) {
    var running = new Running(call.getMethodDescriptor().getBareMethodName());
    var watched =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            running.ended(status.getCode());
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<>(handler.startCall(watched, headers)) {
      @Override
      public void onCancel() {
        running.ended(Status.Code.CANCELLED);
        super.onCancel();
      }
    };
  }

  /** One call; its client may leave while its answer is on the way. */
  private final class Running {
    private final String rpc;
    private final long start = System.nanoTime();
    private final AtomicBoolean over = new AtomicBoolean();

    Running(String rpc) {
      this.rpc = rpc;
      started.computeIfAbsent(rpc, first -> new LongAdder()).increment();
    }

    void ended(Status.Code code) {
      if (over.compareAndSet(false, true)) {
        ended
            .computeIfAbsent(rpc, first -> new ConcurrentSkipListMap<>())
            .computeIfAbsent(code.name(), first -> new LongAdder())
            .increment();
        durations.observe(rpc, System.nanoTime() - start);
      }
    }
  }

  public void writeTo(MetricWriter out) {
    out.counter("sandjar_rpc_started_total", "RPCs that were called.");
    started.forEach(
        (rpc, count) ->
            out.sample("sandjar_rpc_started_total", Map.of("rpc", rpc), count.doubleValue()));
    out.counter("sandjar_rpc_ended_total", "RPCs that ended, by the gRPC code of their answer.");
    ended.forEach(
        (rpc, codes) ->
            codes.forEach(
                (code, count) -> {
                  var labels = new LinkedHashMap<String, String>();
                  labels.put("rpc", rpc);
                  labels.put("code", code);
                  out.sample("sandjar_rpc_ended_total", labels, count.doubleValue());
                }));
    durations.writeTo(out);
  }
}
