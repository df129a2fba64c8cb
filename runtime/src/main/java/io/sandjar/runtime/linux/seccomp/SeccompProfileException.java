package io.sandjar.runtime.linux.seccomp;

/** A profile that cannot be used: what is wrong with it, for the person who wrote it. */
public final class SeccompProfileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public SeccompProfileException(String what) {
    super("seccomp profile: " + what);
  }

  public SeccompProfileException(String what, Throwable cause) {
    super("seccomp profile: " + what, cause);
  }
}
