package io.sandjar.runtime.cri;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.runtime.EngineException;
import java.lang.System.Logger.Level;

/** Maps what a handler threw to the gRPC status that CRI means by it. */
final class RpcErrors {
  private static final System.Logger LOG = System.getLogger(RpcErrors.class.getName());

  private RpcErrors() {}

  static StatusRuntimeException toStatus(String rpc, Throwable error) {
    if (error instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    var status = statusOf(error);
    // A refusal is the caller's news; what is the daemon's own fault, or the machine's, belongs in
    // its log.
    if (status.getCode() == Status.Code.INTERNAL) {
      LOG.log(Level.ERROR, rpc + " failed", error);
    } else if (status.getCode() == Status.Code.RESOURCE_EXHAUSTED) {
      LOG.log(Level.WARNING, () -> rpc + " failed: " + error.getMessage());
    } else {
      LOG.log(Level.DEBUG, () -> rpc + " answers " + status.getCode() + ": " + error.getMessage());
    }
    return status.asRuntimeException();
  }

  private static Status statusOf(Throwable error) {
    if (error instanceof StatusRuntimeException own) {
      return own.getStatus();
    }
    // A kind has the name of the code that it is in gRPC.
    return Status.Code.valueOf(EngineException.kindOf(error).name())
        .toStatus()
        .withDescription(EngineException.messageOf(error))
        .withCause(error);
  }
}
