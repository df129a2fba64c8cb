package io.sandjar.runtime.pod.probe;

import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs single checks, all of them on shared event loops. */
public final class ProbeRunner {
  private final HttpCheck http;
  private final TcpCheck tcp;
  private final GrpcCheck grpc;

  /**
   * @param loops of Netty's NIO transport
   * @param userAgent how HTTP checks introduce themselves, for example {@code kube-probe/1.32}
   */
  public ProbeRunner(EventLoopGroup loops, String userAgent) {
    this.http = new HttpCheck(loops, userAgent);
    this.tcp = new TcpCheck(loops);
    this.grpc = new GrpcCheck(loops);
  }

  /** Never fails: a check that cannot be made has failed. */
  public CompletableFuture<ProbeOutcome> run(
      ProbeCheck check, ProbeTarget target, Duration timeout) {
    CompletableFuture<ProbeOutcome> outcome;
    try {
      outcome = start(check, target, timeout);
    } catch (RuntimeException e) {
      outcome = CompletableFuture.failedFuture(e);
    }
    return outcome.exceptionally(failure -> ProbeOutcome.failure(reason(failure, timeout)));
  }

  private CompletableFuture<ProbeOutcome> start(
      ProbeCheck check, ProbeTarget target, Duration timeout) {
    if (check instanceof ProbeCheck.HttpGet get) {
      return get(get, target.address(), timeout);
    }
    if (check instanceof ProbeCheck.TcpSocket socket) {
      return tcp.run(socket.host().orElseGet(target::address), socket.port(), timeout);
    }
    if (check instanceof ProbeCheck.Grpc health) {
      return grpc.run(target.address(), health, timeout);
    }
    var exec = (ProbeCheck.Exec) check;
    // The target keeps to the timeout itself; this only guards against one that does not.
    return target
        .exec(exec.command(), timeout)
        .toCompletableFuture()
        .orTimeout(timeout.toMillis() + 1000, TimeUnit.MILLISECONDS);
  }

  /**
   * A GET alone, of which a failure to make it is a failed outcome too.
   *
   * @param address where to, unless the check names a host
   */
  public CompletableFuture<ProbeOutcome> get(
      ProbeCheck.HttpGet get, String address, Duration timeout) {
    return http.run(get, get.host().orElse(address), timeout)
        .exceptionally(failure -> ProbeOutcome.failure(reason(failure, timeout)));
  }

  private static String reason(Throwable failure, Duration timeout) {
    var cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof TimeoutException) {
      return "no answer within " + timeout.toMillis() / 1000.0 + " s";
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
