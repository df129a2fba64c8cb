package io.sandjar.runtime.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.Capabilities;
import io.sandjar.runtime.linux.Capability;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeDefaultTest {
  private static final int ALLOW = 0x7fff0000;
  private static final int EPERM = 0x00050001;
  private static final int ENOSYS = 0x00050026;
  private static final long DEFAULT = Capabilities.mask(Capabilities.DEFAULT);
  private static final long CLONE_NEWUSER = 0x10000000;
  private static final long CLONE_VM = 0x100;

  private final SeccompCompiler compiler =
      new SeccompCompiler(SeccompArch.X86_64, KernelVersion.parse("6.1"));
  private final BpfInterpreter program = new BpfInterpreter(compiler.runtimeDefault(DEFAULT));

  private static int number(SeccompArch arch, String name) {
    return SyscallTable.of(arch).number(name).orElseThrow();
  }

  private int run(BpfInterpreter filter, String name, long... args) {
    return filter.run(SeccompArch.X86_64, number(SeccompArch.X86_64, name), args);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "read",
        "write",
        "openat",
        "mmap",
        "futex",
        "execve",
        "wait4",
        "epoll_wait",
        "bind",
        "getrandom",
        "chroot",
        "rseq",
        "close_range",
        "faccessat2",
        "arch_prctl",
        "landlock_add_rule",
        "pidfd_open",
        "memfd_create",
        "ptrace",
        "mknodat",
        "setgroups",
        "statmount",
        "mseal"
      })
  void ordinaryCallsGoThrough(String name) {
    assertEquals(ALLOW, run(program, name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mount",
        "umount2",
        "unshare",
        "setns",
        "pivot_root",
        "bpf",
        "perf_event_open",
        "reboot",
        "kexec_load",
        "init_module",
        "finit_module",
        "delete_module",
        "keyctl",
        "add_key",
        "request_key",
        "userfaultfd",
        "io_uring_setup",
        "io_uring_enter",
        "open_by_handle_at",
        "swapon",
        "swapoff",
        "acct",
        "settimeofday",
        "clock_settime",
        "iopl",
        "ioperm",
        "fsopen",
        "move_mount",
        "mount_setattr",
        "quotactl",
        "sethostname",
        "syslog",
        "vhangup",
        "nfsservctl",
        "mbind",
        "process_madvise",
        "pidfd_getfd",
        "kcmp"
      })
  void dangerousCallsAreRefused(String name) {
    assertEquals(EPERM, run(program, name));
  }

  @ParameterizedTest
  @CsvSource({
    "CAP_SYS_ADMIN, mount",
    "CAP_SYS_ADMIN, unshare",
    "CAP_SYS_ADMIN, clone3",
    "CAP_SYS_TIME," + " settimeofday",
    "CAP_SYS_PTRACE, kcmp",
    "CAP_SYS_NICE, mbind",
    "CAP_BPF, bpf",
    "CAP_PERFMON, perf_event_open",
    "CAP_SYSLOG, syslog",
    "CAP_SYS_BOOT, reboot",
    "CAP_SYS_MODULE, finit_module",
    "CAP_DAC_READ_SEARCH, open_by_handle_at",
    "CAP_SYS_PACCT, acct",
    "CAP_SYS_RAWIO, iopl",
    "CAP_SYS_TTY_CONFIG, vhangup"
  })
  void aCapabilityBringsItsCalls(String capability, String name) {
    long granted = DEFAULT | Capability.named(capability).bit();

    assertEquals(ALLOW, run(new BpfInterpreter(compiler.runtimeDefault(granted)), name));
  }

  @Test
  void withoutTheCapabilityChrootIsGoneToo() {
    assertEquals(EPERM, run(new BpfInterpreter(compiler.runtimeDefault(0)), "chroot"));
  }

  @Test
  void cloneMakesThreadsAndNoNamespaces() {
    assertEquals(ALLOW, run(program, "clone", CLONE_VM | 17));
    assertEquals(EPERM, run(program, "clone", CLONE_VM | CLONE_NEWUSER));
    assertEquals(EPERM, run(program, "clone", 0x20000));
    assertEquals(ENOSYS, run(program, "clone3"));
  }

  @Test
  void socketsOfAllFamiliesButTwoCanBeMade() {
    for (long family : List.of(1L, 2L, 10L, 16L, 17L, 37L, 39L, 41L, 44L)) {
      assertEquals(ALLOW, run(program, "socket", family));
    }
    for (long family : List.of(38L, 40L, (1L << 32) | 38, (1L << 32) | 40, (1L << 63) | 38)) {
      assertEquals(EPERM, run(program, "socket", family));
    }
  }

  @Test
  void personalityCanAskAndBePlain() {
    assertEquals(ALLOW, run(program, "personality", 0xffffffffL));
    assertEquals(ALLOW, run(program, "personality", 0));
    assertEquals(EPERM, run(program, "personality", 0x0040000)); // ADDR_NO_RANDOMIZE
  }

  @Test
  void aCallOfTheFutureIsMissing() {
    assertEquals(ENOSYS, program.run(SeccompArch.X86_64, 500));
    assertEquals(ENOSYS, program.run(SeccompArch.X86, 500));
    assertEquals(ENOSYS, program.run(SeccompArch.X32, 0x40000000 + 600));
  }

  @ParameterizedTest
  @EnumSource(
      value = SeccompArch.class,
      names = {"X86_64", "X86", "X32"})
  void programsOfEveryAbiRun(SeccompArch arch) {
    for (String name : List.of("read", "write", "openat", "exit_group", "brk", "getpid")) {
      assertEquals(ALLOW, program.run(arch, number(arch, name)), name);
    }
    for (String name : List.of("mount", "unshare", "keyctl", "io_uring_setup")) {
      assertEquals(EPERM, program.run(arch, number(arch, name)), name);
    }
  }

  @Test
  void armMachinesHaveTheSameDefault() {
    SeccompCompiler arm = new SeccompCompiler(SeccompArch.AARCH64, KernelVersion.parse("6.1"));
    BpfInterpreter filter = new BpfInterpreter(arm.runtimeDefault(DEFAULT));

    for (SeccompArch arch : List.of(SeccompArch.AARCH64, SeccompArch.ARM)) {
      for (String name : List.of("read", "openat", "exit_group", "brk")) {
        assertEquals(ALLOW, filter.run(arch, number(arch, name)), name);
      }
      for (String name : List.of("mount", "unshare", "bpf")) {
        assertEquals(EPERM, filter.run(arch, number(arch, name)), name);
      }
      assertEquals(ENOSYS, filter.run(arch, 600));
    }
    assertEquals(ALLOW, filter.run(SeccompArch.ARM, number(SeccompArch.ARM, "set_tls")));
    assertEquals(0, filter.run(SeccompArch.X86_64, 0));
  }

  @Test
  void anyCallIsJudgedInFewSteps() {
    int worst = 0;
    for (int number = 0; number < 470; number++) {
      int[] steps = new int[1];
      program.run(SeccompArch.X86_64, number, steps);
      worst = Math.max(worst, steps[0]);
    }
    assertTrue(worst <= 40, "worst case: " + worst);
  }

  @Test
  void theProgramIsSmallAndCompiledOnce() {
    SeccompFilter filter = compiler.runtimeDefault(DEFAULT);

    assertTrue(filter.instructions() < 1000, "instructions: " + filter.instructions());
    assertSame(filter, compiler.runtimeDefault(DEFAULT));
  }
}
