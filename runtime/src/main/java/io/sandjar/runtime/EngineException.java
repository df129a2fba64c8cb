package io.sandjar.runtime;

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
}
