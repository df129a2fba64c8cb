package io.sandjar.runtime.linux.launch;

/** The flags of clone3(2), unshare(2) and setns(2). */
final class NamespaceFlags {
  static final long CLONE_VM = 0x100;
  static final long CLONE_NEWNS = 0x0002_0000;
  static final long CLONE_NEWCGROUP = 0x0200_0000;
  static final long CLONE_NEWUTS = 0x0400_0000;
  static final long CLONE_NEWIPC = 0x0800_0000;
  static final long CLONE_NEWUSER = 0x1000_0000;
  static final long CLONE_NEWPID = 0x2000_0000;
  static final long CLONE_NEWNET = 0x4000_0000;
  static final long CLONE_PARENT = 0x8000;
  static final long CLONE_INTO_CGROUP = 0x2_0000_0000L;

  private NamespaceFlags() {}
}
