package io.sandjar.runtime;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.TimeoutException;

/**
 * An operation that the engine refused or could not finish, in a way its caller can act on.
 *
 * <p>The engine knows neither gRPC nor HTTP: each face maps {@link Kind} to its own codes, once.
 */
public class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a caller can do about it; the names are gRPC's, since CRI gives them their meaning. */
  public enum Kind {
    INVALID_ARGUMENT,
    NOT_FOUND,
    ALREADY_EXISTS,
    FAILED_PRECONDITION,
    PERMISSION_DENIED,
    RESOURCE_EXHAUSTED,
    DEADLINE_EXCEEDED,
    CANCELLED,
    UNAVAILABLE,
    UNIMPLEMENTED,
    INTERNAL
  }

  private final Kind kind;

  /**
   * @param message what was tried, on what, why it failed and, where there is one, the way out
   */
  public EngineException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public EngineException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public final Kind kind() {
    return kind;
  }

  /** What a caller can do about any failure, whoever told it. */
  public static Kind kindOf(Throwable failure) {
    Kind told = toldBy(failure);
    return told == Kind.INTERNAL && FullDisk.causes(failure) ? Kind.RESOURCE_EXHAUSTED : told;
  }

  /** What the caller is told of any failure. */
  public static String messageOf(Throwable failure) {
    if (isInterruption(failure)) {
      return "interrupted before it was done, as when the daemon ends: ask again";
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private static Kind toldBy(Throwable failure) {
    if (failure instanceof EngineException refusal) {
      return refusal.kind();
    }
    if (failure instanceof IllegalArgumentException) {
      return Kind.INVALID_ARGUMENT;
    }
    if (failure instanceof TimeoutException) {
      return Kind.DEADLINE_EXCEEDED;
    }
    return isInterruption(failure) ? Kind.CANCELLED : Kind.INTERNAL;
  }

  private static boolean isInterruption(Throwable failure) {
    return failure instanceof InterruptedException
        || failure instanceof ClosedByInterruptException
        || failure instanceof InterruptedIOException
            && !(failure instanceof SocketTimeoutException);
  }
}
