package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerStatusRequest;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.NamespaceMode;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.runtime.image.fixture.TarBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Known ways out of containers, tried as root of an ordinary container. */
@Tag("machine")
class EscapeIT extends OnNode {
  /** Where a write, or an open for writing, gives a process power over the host. */
  private static final List<String> GADGETS =
      List.of(
          "/proc/sys/kernel/core_pattern",
          "/proc/sys/kernel/modprobe",
          "/proc/sys/kernel/hotplug",
          "/proc/sys/kernel/poweroff_cmd",
          "/proc/sys/kernel/sysrq",
          "/proc/sys/kernel/panic",
          "/proc/sys/kernel/unprivileged_bpf_disabled",
          "/proc/sys/fs/binfmt_misc/register",
          "/proc/sys/fs/suid_dumpable",
          "/proc/sys/vm/panic_on_oom",
          "/proc/sys/vm/overcommit_memory",
          "/proc/sysrq-trigger",
          "/proc/kcore",
          "/proc/kmem",
          "/proc/mem",
          "/proc/irq/default_smp_affinity",
          "/proc/mtrr",
          "/proc/bus/pci/devices",
          "/sys/kernel/uevent_helper",
          "/sys/kernel/profiling",
          "/sys/kernel/mm/transparent_hugepage/enabled",
          "/sys/fs/cgroup/release_agent",
          "/sys/fs/cgroup/memory/release_agent",
          "/sys/fs/cgroup/rdma/release_agent",
          "/sys/fs/cgroup/cgroup.procs",
          "/sys/firmware/efi/vars/new_var",
          "/sys/power/state");

  /** What tells of the host's memory, keys and timers. */
  private static final List<String> SECRETS =
      List.of("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/latency_stats");

  @Test
  void noKernelSettingOrTriggerOpensForWriting() {
    String container = running("gadgets");
    for (String gadget : GADGETS) {
      // Opened and not written: should one open, this machine stays as it is.
      String script = "(: >> " + gadget + ") 2> /dev/null && echo open || echo shut";
      assertEquals("shut", node.sh(container, script), gadget);
    }
    for (String secret : SECRETS) {
      assertEquals("0", node.sh(container, "head -c 100 " + secret + " 2> /dev/null | wc -c"));
    }
    assertEquals("", node.sh(container, "ls /sys/firmware"));
  }

  @Test
  void nothingIsMountedFromInside() {
    String container = running("mounts");
    for (String attempt :
        List.of(
            "mount -o remount,rw /proc/sys",
            "mount -o remount,rw /sys",
            "busybox umount /proc/kcore",
            "busybox umount /proc/sys",
            "mkdir -p /m; mount -t proc proc /m",
            "mkdir -p /m; mount -t sysfs sysfs /m",
            "mkdir -p /m; mount -t cgroup -o memory cgroup /m",
            "mkdir -p /m; mount -t cgroup2 cgroup2 /m",
            "mkdir -p /m; mount -o bind /proc /m")) {
      String script = "(" + attempt + ") > /dev/null 2>&1 && echo done || echo refused";
      assertEquals("refused", node.sh(container, script), attempt);
    }
  }

  @Test
  void aDeviceNodeThatTheContainerMakesDoesNotOpen() {
    String container = running("devices");
    // Memory, the host's kernel log, and disks by their usual numbers.
    for (String device : List.of("c 1 1", "c 1 2", "c 1 11", "b 8 0", "b 254 0", "b 259 0")) {
      String script =
          "rm -f /d; busybox mknod /d "
              + device
              + " 2> /dev/null; head -c 1 /d > /dev/null 2>&1 && echo open || echo shut";
      assertEquals("shut", node.sh(container, script), device);
    }
  }

  /** Who shares a terminal can type on it by TIOCSTI, and so for whoever reads there later. */
  @Test
  void noProcessHasATerminalThatIsNotTheContainersOwn() throws Exception {
    String pod = node.run(node.pod("terminals"));
    String without = node.createAndStart(pod, node.container("without", "sleep", "1000"));
    String with = node.createAndStart(pod, node.container("with", "sleep", "1000").setTty(true));

    assertEquals(0, terminalOf(pidOf(without)));
    assertEquals("shut", node.sh(without, "(: > /dev/tty) 2> /dev/null && echo open || echo shut"));
    assertEquals("0", node.sh(without, "cat /proc/self/stat").split(" ")[6]);

    long pid = pidOf(with);
    assertEquals(136, terminalOf(pid) >> 8, "a pty");
    // Of a devpts that is mounted in this container alone.
    Path own = Path.of("/proc/" + pid + "/root/dev/pts");
    assertNotEquals(device(Path.of("/dev/pts")), device(own));
    assertEquals(device(own), device(Path.of("/proc/" + pid + "/fd/0")));
    assertEquals(pid, sessionOf(pid));
  }

  @Test
  void aLogThatIsALinkIsRefusedAndItsTargetStaysAsItIs() throws Exception {
    PodSandboxConfig.Builder config = node.pod("log");
    String pod = node.run(config);
    Path logs = Path.of(config.getLogDirectory());
    Path victim = Files.writeString(folder.resolve("victim"), "untouched");
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.createSymbolicLink(logs.resolve("app.log"), victim);
    Files.createSymbolicLink(logs.resolve("sub"), outside);
    for (String path : List.of("app.log", "sub/app.log")) {
      assertThrows(
          StatusRuntimeException.class,
          () -> node.createAndStart(pod, node.container("app", "echo", "mine").setLogPath(path)),
          path);
    }
    assertEquals("untouched", Files.readString(victim));
    try (var files = Files.list(outside)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void theHostsProcessesAreNotSeenOrSignalled() {
    String container = running("processes");
    assertEquals("1", node.sh(container, "cat /proc/1/stat").split(" ")[0]);
    String seen = node.sh(container, "ps");
    assertFalse(seen.contains("java"), seen);
    String script =
        "kill -0 " + ProcessHandle.current().pid() + " 2> /dev/null && echo yes || echo no";
    assertEquals("no", node.sh(container, script));
  }

  /** With the host's pid namespace its processes are seen, but their memory and files are not. */
  @Test
  void theHostsProcessesKeepTheirFilesFromAPodThatSeesThem() throws Exception {
    PodSandboxConfig.Builder config = node.pod("hostpid");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setNamespaceOptions(NamespaceOption.newBuilder().setPid(NamespaceMode.NODE));
    String pod = node.run(config);
    String container =
        node.createAndStart(
            pod,
            node.container("app", "sleep", "1000")
                .setLinux(
                    LinuxContainerConfig.newBuilder()
                        .setSecurityContext(
                            LinuxContainerSecurityContext.newBuilder()
                                .setNamespaceOptions(
                                    NamespaceOption.newBuilder().setPid(NamespaceMode.NODE)))));
    long host = ProcessHandle.current().pid();
    for (String file : List.of("root/", "environ", "mem", "fd/0", "cwd/")) {
      String script =
          "(ls /proc/%1$d/%2$s && head -c 1 /proc/%1$d/%2$s) > /dev/null 2>&1 && echo open || echo shut";
      assertEquals("shut", node.sh(container, script.formatted(host, file)), file);
    }
  }

  /** An image whose file is something that must not be opened, or not wholly read. */
  @Test
  void anImagesListOfUsersThatIsNoPlainFileIsRefusedAndNotOpened() {
    long gibibyte = 1L << 30;
    String pod = node.run(node.pod("users"));
    for (String file : List.of("etc/passwd", "etc/group")) {
      Map<String, TarBuilder> bad = new LinkedHashMap<>();
      bad.put("fifo", new TarBuilder().fifo(file));
      bad.put("device", new TarBuilder().characterDevice(file, 1, 5));
      bad.put("folder", new TarBuilder().folder(file + '/'));
      bad.put(
          "huge",
          new TarBuilder()
              .pax("GNU.sparse.size", Long.toString(gibibyte))
              .pax("GNU.sparse.map", gibibyte + ",0")
              .file(file, ""));
      bad.forEach(
          (kind, layer) -> {
            String image = pulled(kind + file.substring(file.indexOf('/') + 1), layer);
            var refused =
                assertThrows(
                    StatusRuntimeException.class,
                    () -> node.create(pod, byName(image, "alice")),
                    kind);
            assertTrue(refused.getMessage().contains('/' + file), refused.getMessage());
          });
    }
  }

  @Test
  void anImagesListOfUsersThatIsALinkIsReadInsideTheImage() throws Exception {
    Path outside = folder.resolve("passwd");
    Files.writeString(outside, "mallory:x:4242:4242::/:/bin/sh\n");
    String pod = node.run(node.pod("links"));
    int number = 0;
    for (String wayOut : List.of(outside.toString(), "../../../../../../../.." + outside)) {
      TarBuilder layer = new TarBuilder().symlink("etc/passwd", wayOut);
      String image = pulled("linked" + number++, layer);
      refused(Status.Code.INVALID_ARGUMENT, () -> node.create(pod, byName(image, "mallory")));
    }
    TarBuilder inside =
        new TarBuilder()
            .file("etc/users", "bob:x:1234:1234::/:/bin/sh\n")
            .symlink("etc/passwd", "/../../etc/users");
    String container = node.createAndStart(pod, byName(pulled("inside", inside), "bob"));
    assertEquals("1234", node.sh(container, "id -u"));
  }

  private static String pulled(String name, TarBuilder layer) {
    String image = node.registry().serveWith(name, layer);
    node.pull(image);
    return image;
  }

  private static ContainerConfig.Builder byName(String image, String user) {
    return node.container(user, "sleep", "1000")
        .setImage(ImageSpec.newBuilder().setImage(image))
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder().setRunAsUsername(user)));
  }

  private static String running(String name) {
    String pod = node.run(node.pod(name));
    return node.createAndStart(pod, node.container("app", "sleep", "1000"));
  }

  private static long pidOf(String container) throws IOException {
    String info =
        node.runtime()
            .containerStatus(
                ContainerStatusRequest.newBuilder()
                    .setContainerId(container)
                    .setVerbose(true)
                    .build())
            .getInfoMap()
            .get("info");
    return ((Number) JSON.std.mapFrom(info).get("pid")).longValue();
  }

  /** The number of the process's controlling terminal, 0 without one; see proc(5). */
  private static long terminalOf(long pid) throws IOException {
    return stat(pid, 4);
  }

  private static long sessionOf(long pid) throws IOException {
    return stat(pid, 3);
  }

  /** A column behind the name, which may itself have spaces. */
  private static long stat(long pid, int column) throws IOException {
    String line = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ")[column]);
  }

  private static Object device(Path path) throws IOException {
    return Files.getAttribute(path, "unix:dev");
  }
}
