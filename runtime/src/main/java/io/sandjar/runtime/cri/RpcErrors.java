package io.sandjar.runtime.cri;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.runtime.EngineException;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeoutException;

/** Maps what a handler threw to the gRPC status that CRI means by it. */
final class RpcErrors {
  private static final System.Logger LOG = System.getLogger(RpcErrors.class.getName());

  private RpcErrors() {}

  static StatusRuntimeException toStatus(String rpc, Throwable error) {
    if (error instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    var status = statusOf(error);
    // A refusal is the caller's news; only what is the daemon's own fault belongs in its log.
    if (status.getCode() == Status.Code.INTERNAL) {
      LOG.log(Level.ERROR, rpc + " failed", error);
    } else {
      LOG.log(Level.DEBUG, () -> rpc + " answers " + status.getCode() + ": " + error.getMessage());
    }
    return status.asRuntimeException();
  }

  private static Status statusOf(Throwable error) {
    if (error instanceof StatusRuntimeException own) {
      return own.getStatus();
    }
    return codeOf(error).withDescription(descriptionOf(error)).withCause(error);
  }

  private static Status codeOf(Throwable error) {
    if (error instanceof EngineException refusal) {
      return switch (refusal.kind()) {
        case INVALID_ARGUMENT -> Status.INVALID_ARGUMENT;
        case NOT_FOUND -> Status.NOT_FOUND;
        case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
        case FAILED_PRECONDITION -> Status.FAILED_PRECONDITION;
        case PERMISSION_DENIED -> Status.PERMISSION_DENIED;
        case RESOURCE_EXHAUSTED -> Status.RESOURCE_EXHAUSTED;
        case DEADLINE_EXCEEDED -> Status.DEADLINE_EXCEEDED;
        case CANCELLED -> Status.CANCELLED;
        case UNAVAILABLE -> Status.UNAVAILABLE;
        case UNIMPLEMENTED -> Status.UNIMPLEMENTED;
        case INTERNAL -> Status.INTERNAL;
      };
    }
    if (error instanceof IllegalArgumentException) {
      return Status.INVALID_ARGUMENT;
    }
    if (error instanceof TimeoutException) {
      return Status.DEADLINE_EXCEEDED;
    }
    if (error instanceof InterruptedException) {
      return Status.CANCELLED;
    }
    return Status.INTERNAL;
  }

  private static String descriptionOf(Throwable error) {
    return error.getMessage() == null ? error.toString() : error.getMessage();
  }
}
