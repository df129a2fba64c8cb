package io.sandjar.runtime.api;

/** A refusal that only HTTP has a word for; the engine's own refusals map without it. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient StatusObject status;

  public ApiException(StatusObject status) {
    super(status.message());
    this.status = status;
  }

  public ApiException(int code, String reason, String message) {
    this(new StatusObject(code, reason, message));
  }

  public StatusObject status() {
    return status;
  }
}
