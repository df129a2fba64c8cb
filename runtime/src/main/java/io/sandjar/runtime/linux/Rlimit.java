package io.sandjar.runtime.linux;

import java.util.Locale;

/** The limits of setrlimit(2); the ordinal is the kernel's number on x86 and ARM. */
public enum Rlimit {
  RLIMIT_CPU,
  RLIMIT_FSIZE,
  RLIMIT_DATA,
  RLIMIT_STACK,
  RLIMIT_CORE,
  RLIMIT_RSS,
  RLIMIT_NPROC,
  RLIMIT_NOFILE,
  RLIMIT_MEMLOCK,
  RLIMIT_AS,
  RLIMIT_LOCKS,
  RLIMIT_SIGPENDING,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_RTPRIO,
  RLIMIT_RTTIME;

  public static final long RLIM_INFINITY = -1;

  public int number() {
    return ordinal();
  }

  /** By its name in any case, with or without {@code RLIMIT_}. */
  public static Rlimit named(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    try {
      return valueOf(upper.startsWith("RLIMIT_") ? upper : "RLIMIT_" + upper);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "unknown resource limit \"" + name + "\"; see setrlimit(2)", e);
    }
  }
}
