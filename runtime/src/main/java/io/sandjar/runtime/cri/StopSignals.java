package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.Signal;

/** Maps CRI's enumeration of signals to their names and back. */
final class StopSignals {
  private static final String PLUS = "PLUS";
  private static final String MINUS = "MINUS";

  private StopSignals() {}

  /** The signal's usual name, as {@code SIGRTMIN+3}; empty for the default. */
  static String read(String field, Signal signal) {
    return switch (signal) {
      case RUNTIME_DEFAULT -> "";
      case UNRECOGNIZED -> throw Fields.invalid(field, "unknown signal");
      default -> signal.name().replace(PLUS, "+").replace(MINUS, "-");
    };
  }

  /** The default where the name is one that CRI does not list. */
  static Signal write(String name) {
    String constant = name.replace("+", PLUS).replace("-", MINUS);
    for (Signal signal : Signal.values()) {
      if (signal.name().equals(constant)) {
        return signal;
      }
    }
    return Signal.RUNTIME_DEFAULT;
  }
}
