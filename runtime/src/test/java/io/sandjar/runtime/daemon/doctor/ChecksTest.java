package io.sandjar.runtime.daemon.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.runtime.daemon.doctor.Finding.Level;
import io.sandjar.runtime.linux.AppArmor;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor's checks, on machines that are folders. */
class ChecksTest {
  @TempDir private Path folder;

  @Test
  void anOldKernelWithoutOverlayCannotRunPods() throws IOException {
    write("proc/sys/kernel/osrelease", "5.10.0-30-amd64\n");
    write("proc/filesystems", "nodev\tproc\n\text4\n");
    write("proc/sys/user/max_user_namespaces", "0\n");
    var findings = kernel();
    assertFound(findings, Level.FAILURE, "Linux 5.10.0-30-amd64 is older than 5.15");
    assertFound(findings, Level.FAILURE, "no overlay file system");
    assertFound(findings, Level.FAILURE, "no seccomp filters");
    assertFound(findings, Level.WARNING, "no user namespaces");
    assertEveryProblemHasARemedy(findings);
  }

  @Test
  void aNewKernelIsFine() throws IOException {
    write("proc/sys/kernel/osrelease", "6.1.0-44-cloud-amd64\n");
    write("proc/filesystems", "nodev\toverlay\n");
    write("proc/sys/kernel/seccomp/actions_avail", "kill allow\n");
    write("proc/sys/user/max_user_namespaces", "15000\n");
    assertAllOk(kernel());
  }

  @Test
  void aModuleThatTheFirstMountLoadsIsAsGoodAsALoadedOne() throws IOException {
    write("proc/sys/kernel/osrelease", "6.1.0-44-cloud-amd64\n");
    write("proc/filesystems", "nodev\tproc\n");
    write("modules/6.1.0-44-cloud-amd64/modules.dep", "kernel/fs/overlayfs/overlay.ko:\n");
    assertFound(kernel(), Level.OK, "overlay file systems, by a module");
  }

  @Test
  void appArmorWithoutAProfileForContainersIsWarnedOf() throws IOException {
    write("proc/sys/kernel/osrelease", "6.1.0\n");
    write("proc/filesystems", "");
    write("sys/module/apparmor/parameters/enabled", "Y\n");
    write("sys/kernel/security/apparmor/profiles", "lsb_release (enforce)\n");
    assertFound(kernel(), Level.WARNING, "AppArmor has no profile");
  }

  @Test
  void aProfileThatCanBeLoadedIsNotLoadedByALook() throws IOException {
    appArmorWithoutAProfileForContainersIsWarnedOf();
    write("parser", "#!/bin/sh\ntouch '" + folder.resolve("ran") + "'\n");
    assertTrue(folder.resolve("parser").toFile().setExecutable(true));
    assertFound(kernel(), Level.OK, "the first container has its profile loaded");
    assertFalse(Files.exists(folder.resolve("ran")));
  }

  private List<Finding> kernel() throws IOException {
    var appArmor = new AppArmor(folder.resolve("sys"), List.of(folder.resolve("parser")));
    return new KernelCheck(folder.resolve("proc"), folder.resolve("modules"), appArmor).findings();
  }

  @Test
  void missingControllersAreNamed() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("cgroup"));
    write("mountinfo", "1 2 0:3 / " + tree + " rw - cgroup2 none rw\n");
    write("cgroup/cgroup.controllers", "cpu io pids\n");
    var findings = new CgroupCheck(folder.resolve("mountinfo"), true).findings();
    assertFound(findings, Level.OK, "unified layout, controllers cpu io pids");
    assertFound(findings, Level.FAILURE, "no memory controller");
    write("mountinfo", "1 2 0:3 / / rw - ext4 /dev/sda rw\n");
    assertFound(
        new CgroupCheck(folder.resolve("mountinfo"), true).findings(),
        Level.FAILURE,
        "no cgroup file system");
  }

  @Test
  void slowJoinsOfCgroupsAreWarnedOfUnlessTheConfigWantsThem() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("cgroup"));
    write("cgroup/cgroup.controllers", "cpu memory pids\n");
    write("mountinfo", "1 2 0:3 / " + tree + " rw - cgroup2 none rw,nsdelegate\n");
    Path mountinfo = folder.resolve("mountinfo");
    assertFound(new CgroupCheck(mountinfo, true).findings(), Level.WARNING, "favordynmods is off");
    assertAllOk(new CgroupCheck(mountinfo, false).findings());
    write("mountinfo", "1 2 0:3 / " + tree + " rw - cgroup2 none rw,favordynmods\n");
    assertAllOk(new CgroupCheck(mountinfo, true).findings());
  }

  @Test
  void settingsThatAreTooSmallComeWithTheLineThatMendsThem() throws IOException {
    write("net/ipv4/ip_forward", "0\n");
    write("fs/inotify/max_user_instances", "8\n");
    write("kernel/pid_max", "4194304\n");
    var findings = new SysctlCheck(folder).findings();
    assertEquals(2, findings.size(), findings.toString());
    assertTrue(findings.get(0).remedy().startsWith("sysctl -w net.ipv4.ip_forward=1,"));
    assertTrue(findings.get(1).message().startsWith("fs.inotify.max_user_instances is 8:"));
    write("net/ipv4/ip_forward", "1\n");
    write("fs/inotify/max_user_instances", "8192\n");
    assertAllOk(new SysctlCheck(folder).findings());
  }

  /** These files tell all they have in one read, or nothing but their first byte. */
  @Test
  void theKernelsOwnFilesAreReadWhole() throws IOException {
    for (Finding finding : new SysctlCheck(Path.of("/proc/sys")).findings()) {
      assertFalse(finding.message().startsWith("kernel.pid_max is"), finding.message());
    }
  }

  @Test
  void aSocketThatIsGoneOrOpenToAllIsFound() throws IOException {
    Path socket = folder.resolve("s");
    assertFound(sockets(socket), Level.FAILURE, "was removed");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
      assertAllOk(sockets(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
      assertFound(sockets(socket), Level.WARNING, "may be written to by everybody");
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
    }
    assertFound(sockets(socket), Level.FAILURE, "refused");
  }

  private static List<Finding> sockets(Path socket) throws IOException {
    return new SocketCheck(List.of(socket)).findings();
  }

  @Test
  void theNetworksOwnWarningsArePassedOn() {
    var down =
        new NetworkStatus(
            false, "bridge", "NoPodCIDR", "no pod CIDR is known", List.of(), List.of());
    assertFound(NetworkCheck.of(down), Level.FAILURE, "no pod CIDR is known");
    var warned = new NetworkStatus(true, "bridge", "", "", List.of(), List.of("FORWARD drops"));
    assertFound(NetworkCheck.of(warned), Level.WARNING, "FORWARD drops");
  }

  @Test
  void aRootFolderThatIsNotMadeYetIsJudgedByWhereItWillBe() throws IOException {
    var findings = storage(Path.of("/proc/self/fd"));
    assertTrue(findings.get(0).message().startsWith(folder.resolve("not/yet") + " is on "));
    assertFound(findings, Level.WARNING, "/proc/self/fd is not on a tmpfs");
    assertEveryProblemHasARemedy(findings);
  }

  @Test
  void whereNothingIsOnATmpfsTheStateFolderIsNotToBeMovedThere() throws IOException {
    assertEquals("set 'state' to a folder under /dev/shm", stateRemedy(Path.of("/dev/shm")));
    assertTrue(stateRemedy(Path.of("/proc")).startsWith("mount a tmpfs on it"));
  }

  private String stateRemedy(Path run) throws IOException {
    var findings = storage(run);
    return findings.get(findings.size() - 1).remedy();
  }

  private List<Finding> storage(Path run) throws IOException {
    return new StorageCheck(folder.resolve("not/yet"), Path.of("/proc/self/fd"), run).findings();
  }

  private void write(String path, String content) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private static void assertFound(List<Finding> findings, Level level, String part) {
    assertTrue(
        findings.stream()
            .anyMatch(finding -> finding.level() == level && finding.message().contains(part)),
        () -> level + " " + part + " is not among " + findings);
  }

  private static void assertAllOk(List<Finding> findings) {
    assertTrue(
        findings.stream().allMatch(finding -> finding.level() == Level.OK), findings::toString);
  }

  private static void assertEveryProblemHasARemedy(List<Finding> findings) {
    assertTrue(
        findings.stream().allMatch(each -> each.level() == Level.OK || !each.remedy().isEmpty()),
        findings::toString);
  }
}
