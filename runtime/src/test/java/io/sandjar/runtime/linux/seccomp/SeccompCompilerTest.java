package io.sandjar.runtime.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.KernelVersion;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Profiles compiled, and the programs run against calls. */
class SeccompCompilerTest {
  private static final int ALLOW = 0x7fff0000;
  private static final int ERRNO = 0x00050000;
  private static final int KILL_THREAD = 0;
  private static final int EPERM = ERRNO | 1;
  private static final int ENOSYS = ERRNO | 38;
  private static final int SYS_READ = 0;
  private static final int SYS_MKDIR = 83;

  private final SeccompCompiler compiler =
      new SeccompCompiler(SeccompArch.X86_64, KernelVersion.parse("6.1"));

  private BpfInterpreter compile(String json) {
    return new BpfInterpreter(compiler.compile(SeccompProfile.parse(json), 0));
  }

  @ParameterizedTest
  @CsvSource({
    "SCMP_ACT_ALLOW, 0x7fff0000", "SCMP_ACT_LOG, 0x7ffc0000", "SCMP_ACT_TRACE, 0x7ff00001",
    "SCMP_ACT_ERRNO, 0x00050001", "SCMP_ACT_TRAP, 0x00030000", "SCMP_ACT_KILL, 0x00000000",
    "SCMP_ACT_KILL_THREAD, 0x00000000", "SCMP_ACT_KILL_PROCESS, 0x80000000"
  })
  void everyActionIsTheKernels(String action, String value) {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ALLOW",
             "syscalls": [{"names": ["mkdir"], "action": "%s"}]}
            """
                .formatted(action));

    assertEquals(Long.decode(value).intValue(), program.run(SeccompArch.X86_64, SYS_MKDIR));
    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_MKDIR + 1));
    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_MKDIR - 1));
  }

  @Test
  void notifyIsRefusedClearly() {
    var refused =
        assertThrows(
            SeccompProfileException.class,
            () -> SeccompProfile.parse("{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}"));

    assertEquals(
        "seccomp profile: SCMP_ACT_NOTIFY is not supported: no agent is here to answer the "
            + "notifications",
        refused.getMessage());
  }

  @Test
  void errnoRetIsTheError() {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}
            """);

    assertEquals(ERRNO | 13, program.run(SeccompArch.X86_64, SYS_MKDIR));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|defaultAction is missing",
        "[1]|not a JSON object",
        "{\"defaultAction\": \"SCMP_ACT_MAYBE\"}|unknown action \"SCMP_ACT_MAYBE\"",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": 1}|errnoRet has no meaning",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 9999}|not between 0 and 4095",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"x86\"]}|unknown architecture",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"X\"]}|unknown flag \"X\"",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": \"SCMP_ACT_LOG\"}]}"
            + "|has no names",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"], \"action\":"
            + " \"SCMP_ACT_LOG\", \"args\": [{\"index\": 6, \"op\": \"SCMP_CMP_EQ\"}]}]}"
            + "|argument index 6",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"], \"action\":"
            + " \"SCMP_ACT_LOG\", \"args\": [{\"index\": 0, \"op\": \"LIKE\"}]}]}"
            + "|unknown operator"
      })
  void aBrokenProfileSaysWhatIsBroken(String json, String message) {
    var refused = assertThrows(SeccompProfileException.class, () -> SeccompProfile.parse(json));

    assertTrue(refused.getMessage().contains(message), refused.getMessage());
  }

  @ParameterizedTest
  @EnumSource(ArgCondition.Operator.class)
  void everyOperatorComparesAll64BitsUnsigned(ArgCondition.Operator operator) {
    long[] values = {
      0,
      1,
      5,
      0x7fffffffL,
      0x80000000L,
      0xffffffffL,
      0x100000000L,
      0x100000005L,
      0x7fffffffffffffffL,
      0x8000000000000000L,
      0xfffffffffffffffeL,
      -1
    };
    for (long value : values) {
      for (long two : new long[] {0, 5, value}) {
        BpfInterpreter program = compile(onlyIf(operator, value, two));
        for (long arg : values) {
          int expected = holds(operator, arg, value, two) ? ALLOW : EPERM;
          assertEquals(
              expected,
              program.run(SeccompArch.X86_64, SYS_MKDIR, 0, arg),
              Long.toHexString(arg) + " " + operator + " " + Long.toHexString(value));
        }
      }
    }
  }

  private static String onlyIf(ArgCondition.Operator operator, long value, long two) {
    return """
        {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
          {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW", "args": [
            {"index": 1, "value": %s, "valueTwo": %s, "op": "SCMP_CMP_%s"}]}]}
        """
        .formatted(Long.toUnsignedString(value), Long.toUnsignedString(two), operator);
  }

  private static boolean holds(ArgCondition.Operator operator, long arg, long value, long two) {
    int order = Long.compareUnsigned(arg, value);
    return switch (operator) {
      case NE -> order != 0;
      case LT -> order < 0;
      case LE -> order <= 0;
      case EQ -> order == 0;
      case GE -> order >= 0;
      case GT -> order > 0;
      case MASKED_EQ -> (arg & value) == two;
    };
  }

  @Test
  void conditionsOnDifferentArgumentsMustAllHold() {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW", "args": [
                {"index": 0, "value": 7, "op": "SCMP_CMP_EQ"},
                {"index": 5, "value": 9, "op": "SCMP_CMP_GT"}]}]}
            """);

    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_MKDIR, 7, 0, 0, 0, 0, 10));
    assertEquals(EPERM, program.run(SeccompArch.X86_64, SYS_MKDIR, 7, 0, 0, 0, 0, 9));
    assertEquals(EPERM, program.run(SeccompArch.X86_64, SYS_MKDIR, 8, 0, 0, 0, 0, 10));
  }

  @Test
  void conditionsOnOneArgumentAreAlternatives() {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW", "args": [
                {"index": 0, "value": 7, "op": "SCMP_CMP_EQ"},
                {"index": 0, "value": 9, "op": "SCMP_CMP_EQ"}]}]}
            """);

    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_MKDIR, 7));
    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_MKDIR, 9));
    assertEquals(EPERM, program.run(SeccompArch.X86_64, SYS_MKDIR, 8));
  }

  @Test
  void aConditionIsAskedBeforeARuleWithout() {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_LOG", "syscalls": [
              {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW"},
              {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [
                {"index": 0, "value": 7, "op": "SCMP_CMP_EQ"}]}]}
            """);

    assertEquals(EPERM, program.run(SeccompArch.X86_64, SYS_MKDIR, 7));
    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_MKDIR, 8));
  }

  @Test
  void aCallNewerThanTheProfileIsMissingAndNotForbidden() {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["read", "mkdir"], "action": "SCMP_ACT_ALLOW"}]}
            """);

    assertEquals(EPERM, program.run(SeccompArch.X86_64, SYS_MKDIR - 1));
    assertEquals(ENOSYS, program.run(SeccompArch.X86_64, SYS_MKDIR + 1));
    assertEquals(ENOSYS, program.run(SeccompArch.X86_64, 9999));
  }

  @Test
  void aProfileWithoutRulesIsItsDefault() {
    BpfInterpreter program = compile("{\"defaultAction\": \"SCMP_ACT_ERRNO\"}");

    assertEquals(EPERM, program.run(SeccompArch.X86_64, 0));
    assertEquals(EPERM, program.run(SeccompArch.X86_64, 400));
  }

  @Test
  void anArchitectureThatTheProfileHasNotIsKilled() {
    String rule = "\"syscalls\": [{\"names\": [\"mkdir\"], \"action\": \"SCMP_ACT_ALLOW\"}]}";
    BpfInterpreter only64 = compile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", " + rule);
    BpfInterpreter all =
        compile(
            "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": "
                + "[\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"], "
                + rule);
    int x32Mkdir = 0x40000000 + SYS_MKDIR;
    int x86Mkdir = 39;

    assertEquals(KILL_THREAD, only64.run(SeccompArch.X86, x86Mkdir));
    assertEquals(KILL_THREAD, only64.run(SeccompArch.X32, x32Mkdir));
    assertEquals(KILL_THREAD, only64.run(SeccompArch.AARCH64, 34));
    assertEquals(ALLOW, all.run(SeccompArch.X86, x86Mkdir));
    assertEquals(EPERM, all.run(SeccompArch.X86, x86Mkdir - 1));
    assertEquals(ALLOW, all.run(SeccompArch.X32, x32Mkdir));
    assertEquals(EPERM, all.run(SeccompArch.X32, x32Mkdir - 1));
    assertEquals(ENOSYS, all.run(SeccompArch.X32, x32Mkdir + 1));
    assertEquals(KILL_THREAD, all.run(SeccompArch.AARCH64, 34));
  }

  @Test
  void only32BitsOfAn32BitArgumentCount() {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
              {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW", "args": [
                {"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]}]}
            """);

    assertEquals(ALLOW, program.run(SeccompArch.X86, 39, 0xffffffffL));
    assertEquals(EPERM, program.run(SeccompArch.X86_64, SYS_MKDIR, 0xffffffffL));
  }

  @Test
  void aTracerCanSkipACall() {
    assertEquals(
        ALLOW, compile("{\"defaultAction\": \"SCMP_ACT_KILL\"}").run(SeccompArch.X86_64, -1));
  }

  @Test
  void rulesForOtherMachinesKernelsAndCapabilitiesAreLeftOut() {
    SeccompProfile profile =
        SeccompProfile.parse(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
              {"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm64"]}},
              {"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.2"}},
              {"names": ["open"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.1"}},
              {"names": ["close"], "action": "SCMP_ACT_ALLOW",
               "includes": {"caps": ["CAP_CHOWN", "CAP_KILL"]}},
              {"names": ["stat"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_KILL"]}},
              {"names": ["fstat"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64"]}}
            ]}
            """);
    long chown = 1;
    long kill = 1 << 5;

    BpfInterpreter one = new BpfInterpreter(compiler.compile(profile, chown));
    BpfInterpreter both = new BpfInterpreter(compiler.compile(profile, chown | kill));

    assertEquals(List.of(false, false, true, false, true, false), allowed(one));
    assertEquals(List.of(false, false, true, true, false, false), allowed(both));
  }

  private static List<Boolean> allowed(BpfInterpreter program) {
    List<Boolean> allowed = new ArrayList<>();
    for (int number = 0; number <= 5; number++) {
      allowed.add(program.run(SeccompArch.X86_64, number) == ALLOW);
    }
    return allowed;
  }

  @Test
  void namesThatNoTableKnowsAreLeftOut() {
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["read", "no_such_call_yet"], "action": "SCMP_ACT_ALLOW"}]}
            """);

    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_READ));
  }

  @Test
  void longJumpsArriveWhereShortOnesDo() {
    Random random = new Random(42);
    StringBuilder rules = new StringBuilder();
    SyscallTable table = SyscallTable.of(SeccompArch.X86_64);
    List<String> names =
        SeccompProfile.resource("syscalls-x86_64.txt")
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.substring(0, line.indexOf(' ')))
            .toList();
    for (String name : names) {
      int errno = 1 + random.nextInt(3000);
      rules.append(
          """
          ,{"names": ["%1$s"], "action": "SCMP_ACT_ERRNO", "errnoRet": %2$d, "args": [
            {"index": 3, "value": %2$d, "op": "SCMP_CMP_EQ"}]}
          ,{"names": ["%1$s"], "action": "SCMP_ACT_ERRNO", "errnoRet": %3$d}
          """
              .formatted(name, errno, errno + 1));
    }
    BpfInterpreter program =
        compile(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [" + rules.substring(1) + "]}");

    random.setSeed(42);
    for (String name : names) {
      int number = table.number(name).orElseThrow();
      int errno = 1 + random.nextInt(3000);
      assertEquals(ERRNO | errno, program.run(SeccompArch.X86_64, number, 0, 0, 0, errno), name);
      assertEquals(ERRNO | (errno + 1), program.run(SeccompArch.X86_64, number, 0, 0, 0, 0), name);
    }
  }

  @Test
  void aProfileTooLargeForTheKernelIsRefused() {
    StringBuilder args = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      args.append(i == 0 ? "" : ",")
          .append("{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": ")
          .append(i)
          .append('}');
    }
    SeccompProfile profile =
        SeccompProfile.parse(
            "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], "
                + "\"action\": \"SCMP_ACT_LOG\", \"args\": ["
                + args
                + "]}]}");

    assertThrows(SeccompProfileException.class, () -> compiler.compile(profile, 0));
  }

  @Test
  void theLargestValueIsReadWhole() {
    String max = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE).toString();
    BpfInterpreter program =
        compile(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["mkdir"], "action": "SCMP_ACT_ALLOW", "args": [
                {"index": 0, "value": %s, "op": "SCMP_CMP_EQ"}]}]}
            """
                .formatted(max));

    assertEquals(ALLOW, program.run(SeccompArch.X86_64, SYS_MKDIR, -1));
  }

  @Test
  void flagsAreTheKernels() {
    assertEquals(4, SeccompProfile.parse("{\"defaultAction\": \"SCMP_ACT_LOG\"}").flags());
    assertEquals(
        2,
        SeccompProfile.parse(
                "{\"defaultAction\": \"SCMP_ACT_LOG\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"]}")
            .flags());
  }
}
