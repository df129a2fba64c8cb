package io.sandjar.runtime.cri;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Context;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ExecSyncResponse;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.runtime.container.ExecOutcome;
import io.sandjar.runtime.container.Execs;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** ExecSync: runs a command in a container and answers with what it came to. */
public final class ExecCalls implements RpcFamily {
  private final Execs execs;

  public ExecCalls(Execs execs) {
    this.execs = execs;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getExecSyncMethod(), this::execSync);
  }

  private ExecSyncResponse execSync(ExecSyncRequest request)
      throws IOException, InterruptedException {
    Fields.required("container_id", request.getContainerId());
    Fields.require(request.getCmdCount() > 0, "cmd");
    Duration timeout = Duration.ofSeconds(Fields.notNegative("timeout", request.getTimeout()));
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    Context.CancellationListener whenCancelled = context -> cancelled.complete(null);
    Context.current().addListener(whenCancelled, Runnable::run);
    try {
      ExecOutcome outcome =
          execs.run(request.getContainerId(), request.getCmdList(), timeout, cancelled);
      return ExecSyncResponse.newBuilder()
          .setExitCode(outcome.exitCode())
          .setStdout(UnsafeByteOperations.unsafeWrap(outcome.stdout()))
          .setStderr(UnsafeByteOperations.unsafeWrap(outcome.stderr()))
          .build();
    } finally {
      Context.current().removeListener(whenCancelled);
    }
  }
}
