package io.sandjar.runtime.linux.seccomp;

/**
 * A profile made ready for the kernel.
 *
 * @param program an array of {@code struct sock_filter}, 8 bytes each; not to be changed
 * @param flags for {@code seccomp(SECCOMP_SET_MODE_FILTER, flags, ...)}
 */
@SuppressWarnings("ArrayRecordComponent")
public record SeccompFilter(byte[] program, int flags) {

  /** For {@code struct sock_fprog}'s len. */
  public int instructions() {
    return program.length / BpfAssembler.INSTRUCTION_BYTES;
  }
}
