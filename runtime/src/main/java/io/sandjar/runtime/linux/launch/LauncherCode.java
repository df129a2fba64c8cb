package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Architecture;

/** The launcher's machine code: the loop that runs a program. */
interface LauncherCode {

  /** Where the code lies in memory; the ELF header is in the same page, before it. */
  long ADDRESS = 0x40_0000 + LauncherElf.HEADER_BYTES;

  /** The file that the program is in, and the one that is shared. */
  int PROGRAM_FD = 0;

  int SHARED_FD = 1;

  int PROT_READ_WRITE = 0x3;
  int MAP_SHARED = 0x1;
  int MAP_PRIVATE = 0x2;
  int MAP_FIXED_NOREPLACE = 0x10_0000;

  /** Results from -4095 are errors; see syscall(2) and the kernel's IS_ERR_VALUE. */
  int LARGEST_ERRNO = 4095;

  /** What it exits with if it cannot map its program. */
  int NO_PROGRAM = 254;

  byte[] assemble();

  static LauncherCode of(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> new X86LauncherCode();
      case AARCH64 -> new Aarch64LauncherCode();
    };
  }
}
