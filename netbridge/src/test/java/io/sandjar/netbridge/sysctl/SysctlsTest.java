package io.sandjar.netbridge.sysctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysctlsTest {
  @TempDir Path procSys;

  @Test
  void whatIsMissingIsSetAndReported() throws IOException {
    file("net/ipv4/ip_forward", "0");
    file("net/ipv4/conf/cbr0/route_localnet", "1");
    file("net/bridge/bridge-nf-call-iptables", "0");
    assertEquals(
        List.of(
            "net.ipv4.ip_forward = 1 (was 0)",
            "net.ipv4.conf.cbr0.route_localnet = 1",
            "net.bridge.bridge-nf-call-iptables = 1 (was 0)"),
        report(true, false));
    assertEquals("1", Files.readString(procSys.resolve("net/ipv4/ip_forward")));
  }

  @Test
  void aKernelWithoutBridgeNetfilterIsLeftWithoutIt() throws IOException {
    file("net/ipv4/ip_forward", "1");
    file("net/ipv4/conf/cbr0/route_localnet", "1");
    assertEquals(2, report(true, false).size());
  }

  @Test
  void aMissingSettingIsAProblemNotAFailure() throws IOException {
    file("net/ipv4/ip_forward", "1");
    assertTrue(
        report(true, false)
            .contains("net.ipv4.conf.cbr0.route_localnet = absent (this kernel does not have it)"));
  }

  @Test
  void whatCannotBeSetIsReportedAndKeepsPacketsFromBeingForwarded() throws IOException {
    Files.createDirectories(procSys.resolve("net/ipv4"));
    // Nobody may write to this one.
    Files.createSymbolicLink(
        procSys.resolve("net/ipv4/ip_forward"), Path.of("/proc/sys/kernel/ngroups_max"));
    file("net/ipv4/conf/cbr0/route_localnet", "1");
    file("net/ipv6/conf/all/forwarding", "1");
    String report = report(true, false).get(0);
    assertTrue(report.contains("should be 1 but cannot be set"), report);
    Sysctls sysctls = new Sysctls(procSys);
    assertEquals(Optional.empty(), sysctls.whyNotForwarding(false, true));
    String why = sysctls.whyNotForwarding(true, true).orElseThrow();
    assertTrue(why.contains("net.ipv4.ip_forward is "), why);
    file("net/ipv6/conf/all/forwarding", "0");
    assertTrue(sysctls.whyNotForwarding(false, true).isPresent());
  }

  @Test
  void aNodeThatStartsToForwardKeepsListeningToItsRouter() throws IOException {
    file("net/ipv6/conf/all/forwarding", "0");
    file("net/ipv6/conf/all/accept_ra", "1");
    file("net/ipv6/conf/eth0/accept_ra", "1");
    file("net/ipv6/conf/eth0.5/accept_ra", "1");
    file("net/ipv6/conf/eth1/accept_ra", "0");
    file("net/ipv6/conf/cbr0/accept_ra", "1");
    List<String> report = report(false, true);
    assertTrue(report.contains("net.ipv6.conf.eth0.accept_ra = 2 (was 1)"), report.toString());
    assertTrue(report.contains("net.ipv6.conf.eth0/5.accept_ra = 2 (was 1)"), report.toString());
    assertTrue(report.contains("net.ipv6.conf.all.forwarding = 1 (was 0)"), report.toString());
    assertEquals(3, report.size(), report.toString());
    // Once the node forwards, the administrator's choice stands.
    file("net/ipv6/conf/eth0/accept_ra", "1");
    assertEquals(List.of("net.ipv6.conf.all.forwarding = 1"), report(false, true));
  }

  private List<String> report(boolean ipv4, boolean ipv6) throws IOException {
    return new Sysctls(procSys).forNode("cbr0", ipv4, ipv6).stream().map(Sysctl::toString).toList();
  }

  private void file(String name, String value) throws IOException {
    Path file = procSys.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, value);
  }
}
