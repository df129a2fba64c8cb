package io.sandjar.runtime.linux.launch;

/** The launcher's loop for aarch64. */
final class Aarch64LauncherCode implements LauncherCode {
  @Override
  public byte[] assemble() {
    throw new IllegalStateException("not on this architecture");
  }
}
