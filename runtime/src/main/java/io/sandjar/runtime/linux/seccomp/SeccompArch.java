package io.sandjar.runtime.linux.seccomp;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** A way to make system calls: an architecture, or an ABI on one. */
public enum SeccompArch {
  X86_64(0xc000003e, true, "x86_64"),
  /** 32-bit programs on x86-64. */
  X86(0x40000003, false, "x86"),
  /** 64-bit calls with short pointers: numbers with a bit set, else x86-64. */
  X32(0xc000003e, true, "x32"),
  AARCH64(0xc00000b7, true, "aarch64"),
  ARM(0x40000028, false, "arm");

  private static final String OCI_PREFIX = "SCMP_ARCH_";

  private final int audit;
  private final boolean wide;
  private final String table;

  SeccompArch(int audit, boolean wide, String table) {
    this.audit = audit;
    this.wide = wide;
    this.table = table;
  }

  /** The kernel's AUDIT_ARCH_ value, see linux/audit.h. */
  int audit() {
    return audit;
  }

  /** Whether arguments have 64 bits. */
  boolean wide() {
    return wide;
  }

  /** What its table of system calls is called. */
  String table() {
    return table;
  }

  /** Itself and those whose programs this machine can run as well. */
  Set<SeccompArch> runnable() {
    return switch (this) {
      case X86_64 -> EnumSet.of(X86_64, X86, X32);
      case AARCH64 -> EnumSet.of(AARCH64, ARM);
      default -> EnumSet.of(this);
    };
  }

  /** As a profile's conditions name the machine: Go's names. */
  String goName() {
    return switch (this) {
      case X86_64 -> "amd64";
      case X86 -> "x86";
      case X32 -> "x32";
      case AARCH64 -> "arm64";
      case ARM -> "arm";
    };
  }

  /** The architecture of this machine. */
  public static SeccompArch ofThisMachine() {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default ->
          throw new IllegalStateException(
              "no system call table for the architecture \"" + arch + "\"");
    };
  }

  /** By the OCI's name, {@code SCMP_ARCH_X86_64}; empty for one that no machine here has. */
  static Optional<SeccompArch> ofOci(String name) {
    for (SeccompArch arch : values()) {
      if (name.equals(OCI_PREFIX + arch.name())) {
        return Optional.of(arch);
      }
    }
    if (name.startsWith(OCI_PREFIX)) {
      return Optional.empty();
    }
    throw new SeccompProfileException("unknown architecture \"" + name + "\"");
  }
}
