package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.CheckpointContainerRequest;
import io.sandjar.cri.v1.CheckpointContainerResponse;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;

/** CheckpointContainer: the one RPC that stays refused. */
public final class CheckpointCalls implements RpcFamily {

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getCheckpointContainerMethod(), this::checkpoint);
  }

  private CheckpointContainerResponse checkpoint(CheckpointContainerRequest request) {
    throw new EngineException(
        Kind.UNIMPLEMENTED,
        "CheckpointContainer is not implemented: CRIU, which would freeze the container's"
            + " processes to files, is not supported");
  }
}
