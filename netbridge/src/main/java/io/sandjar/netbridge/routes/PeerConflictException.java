package io.sandjar.netbridge.routes;

/** Two nodes claim the same name or the same addresses. */
public final class PeerConflictException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  PeerConflictException(String message) {
    super(message);
  }
}
