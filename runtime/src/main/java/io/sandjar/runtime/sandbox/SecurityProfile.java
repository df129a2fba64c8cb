package io.sandjar.runtime.sandbox;

/**
 * Which seccomp or AppArmor profile applies.
 *
 * @param localhostRef a file's path (seccomp) or a loaded profile's name (AppArmor), for {@code
 *     LOCALHOST}
 */
public record SecurityProfile(Kind kind, String localhostRef) {
  public static final SecurityProfile RUNTIME_DEFAULT =
      new SecurityProfile(Kind.RUNTIME_DEFAULT, "");
  public static final SecurityProfile UNCONFINED = new SecurityProfile(Kind.UNCONFINED, "");

  /** Where the profile comes from. */
  public enum Kind {
    RUNTIME_DEFAULT,
    UNCONFINED,
    LOCALHOST
  }
}
