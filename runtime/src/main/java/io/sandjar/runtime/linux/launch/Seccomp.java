package io.sandjar.runtime.linux.launch;

/**
 * A seccomp filter ready for the kernel.
 *
 * @param program {@code struct sock_filter[]}, in this machine's byte order
 * @param flags SECCOMP_FILTER_FLAG_*
 */
public record Seccomp(byte[] program, long flags) {

  /** The kernel's BPF_MAXINSNS. */
  private static final int MOST_INSTRUCTIONS = 4096;

  private static final int SOCK_FILTER_BYTES = 8;

  public Seccomp {
    if (program.length == 0 || program.length % SOCK_FILTER_BYTES != 0) {
      throw new IllegalArgumentException(
          "a seccomp program is a list of 8-byte instructions, not " + program.length + " bytes");
    }
    if (program.length / SOCK_FILTER_BYTES > MOST_INSTRUCTIONS) {
      throw new IllegalArgumentException(
          "the seccomp program has more than " + MOST_INSTRUCTIONS + " instructions");
    }
    program = program.clone();
  }

  @Override
  public byte[] program() {
    return program.clone();
  }

  int instructions() {
    return program.length / SOCK_FILTER_BYTES;
  }
}
