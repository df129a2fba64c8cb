package io.sandjar.runtime.linux;

/** The instruction sets that processes can be launched on, and where their kernel ABIs differ. */
public enum Architecture {
  X86_64(62, 0200000, 0400000),
  AARCH64(183, 040000, 0100000);

  private final int elfMachine;
  private final int oDirectory;
  private final int oNoFollow;

  Architecture(int elfMachine, int oDirectory, int oNoFollow) {
    this.elfMachine = elfMachine;
    this.oDirectory = oDirectory;
    this.oNoFollow = oNoFollow;
  }

  public static Architecture ofThisMachine() {
    String name = System.getProperty("os.arch");
    return switch (name) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default ->
          throw new IllegalStateException(
              "processes cannot be launched on " + name + ": only on x86-64 and aarch64");
    };
  }

  /** The ELF header's e_machine. */
  public int elfMachine() {
    return elfMachine;
  }

  public int oDirectory() {
    return oDirectory;
  }

  public int oNoFollow() {
    return oNoFollow;
  }
}
