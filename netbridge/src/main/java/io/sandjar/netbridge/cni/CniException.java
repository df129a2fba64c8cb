package io.sandjar.netbridge.cni;

import java.io.IOException;

/** A CNI plugin's refusal, or a plugin or configuration that could not be used at all. */
public final class CniException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The code of a failure that no plugin reported. */
  public static final int NO_CODE = 0;

  public static final int INCOMPATIBLE_VERSION = 1;
  public static final int UNSUPPORTED_FIELD = 2;
  public static final int UNKNOWN_CONTAINER = 3;
  public static final int INVALID_ENVIRONMENT = 4;
  public static final int IO_FAILURE = 5;
  public static final int UNDECODABLE = 6;
  public static final int INVALID_CONFIGURATION = 7;
  public static final int TRY_AGAIN_LATER = 11;
  public static final int NOT_AVAILABLE = 50;
  public static final int NOT_AVAILABLE_LIMITED_CONNECTIVITY = 51;

  private final int code;

  public CniException(String message) {
    this(message, NO_CODE, null);
  }

  public CniException(String message, Throwable cause) {
    this(message, NO_CODE, cause);
  }

  public CniException(String message, int code, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The plugin's error code by the specification, or {@link #NO_CODE}. */
  public int code() {
    return code;
  }

  /** What the specification calls {@code code}. */
  static String meaning(int code) {
    return switch (code) {
      case INCOMPATIBLE_VERSION -> "incompatible CNI version";
      case UNSUPPORTED_FIELD -> "unsupported field";
      case UNKNOWN_CONTAINER -> "unknown container";
      case INVALID_ENVIRONMENT -> "invalid environment";
      case IO_FAILURE -> "I/O failure";
      case UNDECODABLE -> "undecodable content";
      case INVALID_CONFIGURATION -> "invalid network configuration";
      case TRY_AGAIN_LATER -> "try again later";
      case NOT_AVAILABLE -> "plugin not available";
      case NOT_AVAILABLE_LIMITED_CONNECTIVITY -> "plugin not available, limited connectivity";
      default -> "plugin's own code";
    };
  }
}
