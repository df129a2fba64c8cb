package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.Rlimit;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import io.sandjar.runtime.linux.seccomp.SeccompCompiler;
import io.sandjar.runtime.linux.seccomp.SeccompFilter;
import io.sandjar.runtime.linux.seccomp.SeccompProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A container's user, and what that may do and use. */
@Tag("machine")
class ProcessRightsIT extends BusyboxTest {
  @Test
  void theUserHasItsGroupsAndNoCapabilityInEffect() throws Exception {
    Options options =
        new Options()
            .script(
                "id -u; id -g; grep -E '^(Groups|Cap)' /proc/self/status; touch /x 2>/dev/null || echo denied; echo ok > /dev/stdout");
    options.user = new ProcessUser(1000, 2000, List.of(2000, 3000), "/");
    String output = busybox.run(options).output();
    assertTrue(output.startsWith("1000\n2000\n"), output);
    assertTrue(output.endsWith("denied\nok\n"), output);
    Map<String, String> status = Busybox.fields(output, ":");
    assertEquals("2000 3000", status.get("Groups"));
    assertEquals("0000000000000000", status.get("CapEff"));
    assertEquals("0000000000000000", status.get("CapInh"));
    assertEquals("00000000a80425fb", status.get("CapBnd"));
  }

  @Test
  void ambientCapabilitiesReachAPlainUser() throws Exception {
    Options options = new Options().script("grep Cap /proc/self/status");
    options.user = new ProcessUser(1000, 1000, List.of(1000), "/");
    long netBind = 1L << 10;
    options.capabilities = CapabilitySets.container(Busybox.DEFAULT_CAPABILITIES, netBind);
    Map<String, String> status = Busybox.fields(busybox.run(options).output(), ":");
    assertEquals("0000000000000400", status.get("CapEff"));
    assertEquals("0000000000000400", status.get("CapAmb"));
  }

  @Test
  void rootHasTheCapabilitiesOfTheContainerAndNoMore() throws Exception {
    Options options = new Options().script("grep Cap /proc/self/status");
    Map<String, String> status = Busybox.fields(busybox.run(options).output(), ":");
    assertEquals("00000000a80425fb", status.get("CapEff"));
    assertEquals("00000000a80425fb", status.get("CapBnd"));
    options.capabilities = CapabilitySets.NONE;
    assertEquals(
        "0000000000000000", Busybox.fields(busybox.run(options).output(), ":").get("CapEff"));
  }

  /** Returns EPERM for mkdir(2) and mkdirat(2), and allows the rest. */
  private static Seccomp noMkdir() {
    var code = java.nio.ByteBuffer.allocate(5 * 8).order(java.nio.ByteOrder.nativeOrder());
    int load = 0x20;
    int jumpEqual = 0x15;
    int answer = 0x06;
    code.putShort((short) load).put((byte) 0).put((byte) 0).putInt(0);
    code.putShort((short) jumpEqual).put((byte) 1).put((byte) 0).putInt(83);
    code.putShort((short) jumpEqual).put((byte) 0).put((byte) 1).putInt(258);
    code.putShort((short) answer).put((byte) 0).put((byte) 0).putInt(0x0005_0001);
    code.putShort((short) answer).put((byte) 0).put((byte) 0).putInt(0x7fff_0000);
    return new Seccomp(code.array(), 0);
  }

  @Test
  void aSeccompFilterHoldsWithAndWithoutNoNewPrivileges() throws Exception {
    for (boolean noNewPrivileges : List.of(true, false)) {
      for (int uid : List.of(0, 1000)) {
        Options options =
            new Options()
                .script(
                    "grep -E 'NoNewPrivs|Seccomp:|CapBnd' /proc/self/status; mkdir /tmp/x 2>&1 | grep -o 'not permitted'");
        options.seccomp = Optional.of(noMkdir());
        options.noNewPrivileges = noNewPrivileges;
        options.user = new ProcessUser(uid, uid, List.of(uid), "/");
        String output = busybox.run(options).output();
        Map<String, String> status = Busybox.fields(output, ":");
        assertEquals("2", status.get("Seccomp"), output);
        assertEquals(noNewPrivileges ? "1" : "0", status.get("NoNewPrivs"), output);
        assertEquals("00000000a80425fb", status.get("CapBnd"), output);
        assertTrue(output.endsWith("not permitted\n"), output);
      }
    }
  }

  @Test
  void hostnameSysctlsLimitsUmaskAndOomScoreAreSet() throws Exception {
    Options options =
        new Options()
            .script(
                "hostname; cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax;"
                    + "ulimit -n; ulimit -c; umask; cat /proc/self/oom_score_adj");
    options.hostname = Optional.of("box");
    options.sysctls = Map.of("net.ipv4.ip_forward", "1", "kernel.msgmax", "4096");
    options.limits = List.of(new ResourceLimit(Rlimit.RLIMIT_CORE, 0, 0));
    options.umask = 0027;
    options.oomScoreAdj = OptionalInt.of(500);
    assertEquals("box\n1\n4096\n1024\n0\n0027\n500", busybox.run(options).line());
  }

  @Test
  void anOomScoreThatMayNotBeLoweredStaysAsItIs() throws Exception {
    Options options = new Options().script("cat /proc/self/oom_score_adj");
    options.oomScoreAdj = OptionalInt.of(-999);
    String own = Files.readString(Path.of("/proc/self/oom_score_adj")).strip();
    String seen = busybox.run(options).line();
    assertTrue(seen.equals("-999") || seen.equals(own), seen);
  }

  @Test
  void limitsAreSoftAndHard() throws Exception {
    Options options = new Options().script("ulimit -Sn; ulimit -Hn; ulimit -Ss; ulimit -Hs");
    options.limits =
        List.of(
            new ResourceLimit(Rlimit.RLIMIT_NOFILE, 100, 200),
            new ResourceLimit(Rlimit.RLIMIT_STACK, 1 << 20, 2 << 20));
    assertEquals("100\n200\n1024\n2048", busybox.run(options).line());
  }

  @Test
  void theSessionKeyringIsTheContainersOwn() throws Exception {
    Options options = new Options().script("grep keyring /proc/keys");
    options.masked = List.of();
    String keyrings = busybox.run(options).line();
    assertTrue(keyrings.contains("_ses." + busybox.id + ": empty"), keyrings);
  }

  /** What comes of a call that a profile answers with this action. */
  private Busybox.Outcome underAction(String action) throws Exception {
    SeccompFilter filter =
        SeccompCompiler.forThisMachine()
            .compile(
                SeccompProfile.parse(
                    """
                    {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                      {"names": ["mkdir", "mkdirat"], "action": "%s"}]}
                    """
                        .formatted(action)),
                0);
    Options options = new Options().args("mkdir", "/tmp/made");
    options.seccomp = Optional.of(new Seccomp(filter.program(), filter.flags()));
    return busybox.run(options);
  }

  @Test
  void everyActionOfASeccompProfileHasItsEffect() throws Exception {
    int sigsys = 31;
    for (String killing :
        List.of(
            "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP")) {
      assertEquals(sigsys, underAction(killing).exit().signal(), killing);
    }
    for (String allowing : List.of("SCMP_ACT_ALLOW", "SCMP_ACT_LOG")) {
      assertEquals(0, underAction(allowing).exit().code(), allowing);
    }
    assertTrue(underAction("SCMP_ACT_ERRNO").output().contains("not permitted"));
    // Without a tracer the call is said not to be there.
    assertTrue(underAction("SCMP_ACT_TRACE").output().contains("not implemented"));
  }

  /** A program that makes i386 calls, as a 32-bit one would: it ends with 42, or is ended. */
  @Test
  void callsOfAnArchitectureThatAProfileDoesNotHaveEndTheProgram() throws Exception {
    Assumptions.assumeTrue(Architecture.ofThisMachine() == Architecture.X86_64, "i386 calls");
    byte[] exit = {
      (byte) 0xb8, 1, 0, 0, 0, // mov eax, 1: exit
      (byte) 0xbb, 42, 0, 0, 0, // mov ebx, 42
      (byte) 0xcd, (byte) 0x80 // int 0x80
    };
    Path program = busybox.image.resolve("bin/i386");
    Files.write(program, LauncherElf.around(exit, Architecture.X86_64));
    assertTrue(program.toFile().setExecutable(true));
    for (boolean allowed : List.of(true, false)) {
      SeccompFilter filter =
          SeccompCompiler.forThisMachine()
              .compile(
                  SeccompProfile.parse(
                      """
                      {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"%s]}
                      """
                          .formatted(allowed ? ", \"SCMP_ARCH_X86\"" : "")),
                  0);
      Options options = new Options().args("/bin/i386");
      options.seccomp = Optional.of(new Seccomp(filter.program(), filter.flags()));
      ExitStatus exitStatus = busybox.run(options).exit();
      int sigsys = 31;
      assertEquals(allowed ? 0 : sigsys, exitStatus.signal());
      assertEquals(allowed ? 42 : 128 + sigsys, exitStatus.code());
    }
  }
}
