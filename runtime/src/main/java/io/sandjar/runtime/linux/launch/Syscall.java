package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.Architecture;
import java.util.Locale;

/** The syscalls that programs use, with their numbers on x86-64 and on aarch64. */
enum Syscall {
  ACCEPT4(288, 242),
  CAPSET(126, 91),
  CHDIR(80, 49),
  CLOCK_GETTIME(228, 113),
  CLONE3(435, 435),
  CLOSE(3, 57),
  CLOSE_RANGE(436, 436),
  DUP3(292, 24),
  EXECVE(59, 221),
  EXIT_GROUP(231, 94),
  FACCESSAT(269, 48),
  FCHDIR(81, 50),
  FCHMODAT(268, 53),
  FCHOWNAT(260, 54),
  FCNTL(72, 25),
  FSCONFIG(431, 431),
  FSMOUNT(432, 432),
  FSOPEN(430, 430),
  FTRUNCATE(77, 46),
  GETPID(39, 172),
  IOCTL(16, 29),
  KEYCTL(250, 219),
  KILL(62, 129),
  MKDIRAT(258, 34),
  MKNODAT(259, 33),
  MMAP(9, 222),
  MOUNT(165, 40),
  MOUNT_SETATTR(442, 442),
  MOVE_MOUNT(429, 429),
  MUNMAP(11, 215),
  OPEN_TREE(428, 428),
  OPENAT(257, 56),
  OPENAT2(437, 437),
  PIDFD_OPEN(434, 434),
  PIVOT_ROOT(155, 41),
  PPOLL(271, 73),
  PRCTL(157, 167),
  PRLIMIT64(302, 261),
  READ(0, 63),
  RENAMEAT2(316, 276),
  RT_SIGACTION(13, 134),
  SECCOMP(317, 277),
  SENDMSG(46, 211),
  SETGROUPS(116, 159),
  SETHOSTNAME(170, 161),
  SETNS(308, 268),
  SETRESGID(119, 149),
  SETRESUID(117, 147),
  SETSID(112, 157),
  SYMLINKAT(266, 36),
  UMASK(95, 166),
  UMOUNT2(166, 39),
  UNLINKAT(263, 35),
  UNSHARE(272, 97),
  WAIT4(61, 260),
  WRITE(1, 64);

  private final int x86;
  private final int aarch64;

  Syscall(int x86, int aarch64) {
    this.x86 = x86;
    this.aarch64 = aarch64;
  }

  int number(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> x86;
      case AARCH64 -> aarch64;
    };
  }

  /**
   * As the message of its failure ends. Some make no file, so that no disk is full when the kernel
   * says that there is no room. mount(2) is none of them: overlayfs makes files in it.
   */
  String failure(Errno errno) {
    return switch (this) {
      case CLONE3 -> errno.within("a sysctl user.max_*_namespaces, or its cgroup's cpuset,");
      case UNSHARE -> errno.within("a sysctl user.max_*_namespaces");
      // What is mounted nowhere yet has a mount namespace of its own.
      case FSMOUNT, OPEN_TREE -> errno.within("user.max_mnt_namespaces");
      case MOVE_MOUNT -> errno.within("fs.mount-max");
      case KEYCTL -> errno.within("kernel.keys.maxkeys, or root_maxkeys,");
      default -> errno.toString();
    };
  }

  /** As man pages spell it. */
  String spelled() {
    return name().toLowerCase(Locale.ROOT);
  }
}
