package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.ProcStat;
import io.sandjar.runtime.linux.ProcessUser;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupfsDriver;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("machine")
class PauseAndExecIT extends BusyboxTest {

  private static PauseLaunch pause(boolean pid, List<IdMapping> mappings) {
    return pause(Namespace.OWN, pid, mappings);
  }

  private static PauseLaunch pause(Namespace net, boolean pid, List<IdMapping> mappings) {
    return new PauseLaunch(
        "pod",
        net,
        true,
        true,
        pid,
        mappings,
        mappings,
        Optional.of("the-pod"),
        Map.of("net.ipv4.ip_unprivileged_port_start", "80", "kernel.shm_rmid_forced", "1"),
        Optional.empty(),
        OptionalInt.of(-998),
        Optional.empty());
  }

  private static Namespaces of(Pause pause, boolean sharedPid) {
    Namespace join = new Namespace.Join(pause.pidfd());
    return new Namespaces(
        join, join, join, sharedPid ? join : Namespace.OWN, Namespace.OWN, pause.user());
  }

  @Test
  void aPodKeepsItsHostnameAndSysctlsWhileContainersComeAndGo() throws Exception {
    try (Pause pause = busybox.pause(pause(false, List.of()))) {
      for (int i = 0; i < 2; i++) {
        Options options =
            new Options()
                .script(
                    "hostname; cat /proc/sys/net/ipv4/ip_unprivileged_port_start"
                        + " /proc/sys/kernel/shm_rmid_forced");
        options.namespaces = of(pause, false);
        assertEquals("the-pod\n80\n1", busybox.run(options).line());
      }
      assertEquals("pause\n", Files.readString(proc(pause.id().pid(), "comm")));
      pause.kill();
    }
  }

  private static Path proc(int pid, String file) {
    return Path.of("/proc", Integer.toString(pid), file);
  }

  private static long descriptorsOf(Path proc) throws IOException {
    try (var fds = Files.list(proc.resolve("fd"))) {
      return fds.count();
    }
  }

  @Test
  void aPauseProcessHoldsANetworkNamespaceThatWasThereBefore() throws Exception {
    try (NetworkNamespace network = NetworkNamespace.create()) {
      Namespace join = new Namespace.Join(network.fd());
      try (Pause pause = busybox.pause(pause(join, false, List.of()));
          NetworkNamespace held = NetworkNamespace.of(pause.openNamespace("net"))) {
        assertEquals(network.inode(), held.inode());
        // The sysctls of its launch are that namespace's.
        assertEquals("80", held.call(PauseAndExecIT::firstUnprivilegedPort));
        pause.kill();
      }
      List<IdMapping> mappings = List.of(new IdMapping(0, 200_000, 65_536));
      assertThrows(IllegalArgumentException.class, () -> pause(join, false, mappings));
    }
  }

  /** By one read: a second one would find nothing, and the library's begins with one byte. */
  private static String firstUnprivilegedPort() throws IOException {
    try (var file =
        Files.newInputStream(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"))) {
      return new String(file.readNBytes(16), StandardCharsets.UTF_8).strip();
    }
  }

  @Test
  void aPauseProcessShowsNothingOfTheHostAndHasNoRights() throws Exception {
    try (Pause pause = busybox.pause(pause(true, List.of()))) {
      Path proc = Path.of("/proc", Integer.toString(pause.id().pid()));
      try (var entries = Files.list(proc.resolve("root"))) {
        assertEquals(List.of(), entries.toList());
      }
      Map<String, String> status = Busybox.fields(Files.readString(proc.resolve("status")), ":");
      assertEquals("0000000000000000", status.get("CapEff"));
      assertEquals("0000000000000000", status.get("CapBnd"));
      // It closes what it was started with a moment after it has said that it is ready.
      for (int i = 0; i < 200 && descriptorsOf(proc) != 3; i++) {
        Thread.sleep(20);
      }
      assertEquals(3, descriptorsOf(proc));
      busybox.awaitLaunchForgotten(pause.id().pid());
      pause.kill();
    }
  }

  @Test
  void aSharedPidNamespaceHasOrphansReapedByThePauseProcess() throws Exception {
    try (Pause pause = busybox.pause(pause(true, List.of()))) {
      Options options =
          new Options()
              .script(
                  "sh -c 'sleep 0.1 & echo $!' > /tmp/orphan; i=0;"
                      + " while [ -e /proc/$(cat /tmp/orphan) ] && [ $i -lt 6000 ]; do"
                      + " usleep 10000; i=$((i+1)); done;"
                      + " [ -e /proc/$(cat /tmp/orphan) ] && echo left || echo reaped");
      options.namespaces = of(pause, true);
      assertEquals("reaped", busybox.run(options).line());
      pause.kill();
    }
  }

  @Test
  void aPauseProcessIsFoundAgainByALaterDaemon() throws Exception {
    Pause first = busybox.pause(pause(false, List.of()));
    first.close();
    Pause again = busybox.launcher.adoptPause(first.id(), List.of(), List.of()).orElseThrow();
    again.kill();
    assertTrue(busybox.launcher.adoptPause(first.id(), List.of(), List.of()).isEmpty());
    again.close();
  }

  @Test
  void anExecutedProcessSeesTheContainerAndReportsItsExit() throws Exception {
    Options options = new Options().script("echo mine > /tmp/file; sleep 100");
    options.hostname = Optional.of("box");
    Monitor container = busybox.running(options);
    try {
      Busybox.Outcome outcome =
          busybox.exec(
              container,
              new Options()
                  .script(
                      "while [ ! -s /tmp/file ]; do usleep 10000; done;"
                          + " cat /tmp/file; hostname; ps; exit 3"));
      assertTrue(outcome.output().contains("mine\nbox\n"), outcome.output());
      assertTrue(outcome.output().contains("sleep 100"), outcome.output());
      assertEquals(3, outcome.exit().code());
    } finally {
      container.end();
    }
  }

  @Test
  void anExecutedProcessIsInTheContainersCgroupsAndSeesThemAsRoots() throws Exception {
    var driver = new CgroupfsDriver(Cgroups.detect());
    String parent = "/sandjar-test-" + UUID.randomUUID();
    Cgroup cgroup = driver.create(parent, "container");
    try (var join = cgroup.join()) {
      Options options = new Options().args("sleep", "100");
      options.cgroup = Optional.of(join);
      Monitor container = busybox.running(options);
      try (var again = cgroup.join()) {
        Options exec = new Options().script("grep -v ':/$' /proc/self/cgroup; echo all");
        exec.cgroup = Optional.of(again);
        assertEquals("all", busybox.exec(container, exec).line());
      } finally {
        container.end();
      }
    } finally {
      driver.parentAt(parent).remove();
    }
  }

  @Test
  void anExecutedProcessIsHardenedLikeTheContainer() throws Exception {
    Monitor container = busybox.running(new Options().args("sleep", "100"));
    try {
      Options options =
          new Options()
              .script(
                  "id -u; grep -E 'CapEff|CapBnd|NoNewPrivs|Groups' /proc/self/status; ls"
                      + " /proc/self/fd | wc -l");
      options.user = new ProcessUser(1000, 2000, List.of(2000, 3000), "/");
      options.noNewPrivileges = true;
      String output = busybox.exec(container, options).output();
      assertTrue(output.startsWith("1000\n"), output);
      Map<String, String> status = Busybox.fields(output, ":");
      assertEquals("0000000000000000", status.get("CapEff"), output);
      assertEquals("00000000a80425fb", status.get("CapBnd"), output);
      assertEquals("1", status.get("NoNewPrivs"), output);
      assertEquals("2000 3000", status.get("Groups"), output);
    } finally {
      container.end();
    }
  }

  @Test
  void aMisspeltCommandIsReportedAsShellsDo() throws Exception {
    Monitor container = busybox.running(new Options().args("sleep", "100"));
    try {
      LaunchException missing =
          assertThrows(
              LaunchException.class, () -> busybox.exec(container, new Options().args("foo")));
      assertEquals("exec: \"foo\": executable file not found in $PATH", missing.getMessage());
      assertEquals(127, missing.exitCode());
      LaunchException folder =
          assertThrows(
              LaunchException.class, () -> busybox.exec(container, new Options().args("/etc")));
      assertEquals("exec: \"/etc\": permission denied", folder.getMessage());
      assertEquals(126, folder.exitCode());
    } finally {
      container.end();
    }
  }

  @Test
  void theWholeTreeOfAnExecutedProcessIsKilled() throws Exception {
    Monitor container = busybox.running(new Options().args("sleep", "100"));
    Fd[] pipe = OpenFiles.pipe();
    try (Fd read = pipe[0]) {
      ExecProcess process;
      try (Fd write = pipe[1]) {
        process =
            busybox.launcher.exec(
                new ExecLaunch(
                    "test",
                    container,
                    new Options().script("sleep 50 & (sleep 51 &) ; sleep 52").process(),
                    Stdio.Files.output(write, write),
                    Optional.empty(),
                    Optional.empty()));
      }
      Thread.sleep(200);
      process.killTree();
      assertEquals(9, process.exit().get(60, TimeUnit.SECONDS).signal());
      // The pipe ends only when all three are gone.
      assertEquals("", Busybox.readAll(read));
      process.close();
    } finally {
      container.end();
    }
  }

  @Test
  void anExecutedShellHasATerminalOfTheContainerThatCanBeResized() throws Exception {
    Monitor container = busybox.running(new Options().args("sleep", "100"));
    try (Terminal terminal = container.openTerminal()) {
      terminal.resize(33, 77);
      try (ExecProcess process =
          busybox.launcher.exec(
              new ExecLaunch(
                  "test",
                  container,
                  new Options()
                      .script("tty; stty size; read line; stty size; echo > /dev/tty")
                      .process(),
                  new Stdio.OnTerminal(terminal),
                  Optional.empty(),
                  Optional.empty()))) {
        StringBuilder before = new StringBuilder();
        byte[] chunk = new byte[100];
        while (!before.toString().endsWith("33 77\r\n")) {
          long count = Libc.get().read(terminal.master().number(), chunk, chunk.length);
          before.append(new String(chunk, 0, (int) count, StandardCharsets.UTF_8));
        }
        terminal.resize(10, 20);
        OpenFiles.writeFully(terminal.master(), new byte[] {'\n'}, "the terminal");
        assertEquals(0, process.exit().get(60, TimeUnit.SECONDS).code());
        assertEquals("/dev/pts/0\r\n33 77\r\n", before.toString());
        assertEquals("\r\n10 20\r\n\r\n", read(terminal));
      }
    } finally {
      container.end();
    }
  }

  static String read(Terminal terminal) {
    StringBuilder text = new StringBuilder();
    byte[] chunk = new byte[1000];
    while (true) {
      // The master fails with EIO once the last slave is closed.
      long count = Libc.get().read(terminal.master().number(), chunk, chunk.length);
      if (count <= 0) {
        return text.toString();
      }
      text.append(new String(chunk, 0, (int) count, StandardCharsets.UTF_8));
    }
  }

  @Test
  void aContainerOnATerminalHasItAsItsConsole() throws Exception {
    try (Terminal terminal = Terminal.create(5)) {
      Options options =
          new Options()
              .script(
                  "tty; stat -c %t:%T /dev/console; ls -l /proc/self/fd/0 | grep -c pts; echo hi >"
                      + " /dev/console");
      options.stdio = new Stdio.OnTerminal(terminal);
      Monitor monitor = busybox.launcher.create(busybox.launch(options));
      try {
        monitor.start();
        assertEquals(0, monitor.exit().get(60, TimeUnit.SECONDS).code());
        assertEquals("/dev/pts/0\r\n88:0\r\n1\r\nhi\r\n", read(terminal));
      } finally {
        monitor.end();
      }
    }
  }

  @Test
  void aPodWithAUserNamespaceIsRootInsideAndNobodyOutside() throws Exception {
    List<IdMapping> mappings = List.of(new IdMapping(0, 200_000, 65_536));
    Path volume = Files.createDirectories(folder.resolve("volume"));
    Files.writeString(volume.resolve("file"), "data");
    try (Pause pause = busybox.pause(pause(false, mappings))) {
      assertEquals(
          200_000,
          Files.getAttribute(Path.of("/proc/" + pause.id().pid() + "/ns"), "unix:uid").equals(0)
              ? 200_000
              : Files.getAttribute(Path.of("/proc/" + pause.id().pid() + "/task"), "unix:uid"));
      Options options =
          new Options()
              .script(
                  "id -u; stat -c %u /bin/busybox /etc /vol /vol/file / /dev/null /dev/pts /tmp;"
                      + " touch /vol/new /etc/new; cat /proc/self/uid_map; hostname; echo x >"
                      + " /dev/null; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; mount |"
                      + " grep -c /proc");
      options.namespaces = of(pause, false);
      options.volumes =
          List.of(io.sandjar.runtime.linux.mount.Mount.Bind.of(volume, "/vol").withIdmap(true));
      Busybox.Outcome outcome = busybox.run(options);
      String[] lines = outcome.output().split("\n");
      for (int i = 0; i < 9; i++) {
        assertEquals("0", lines[i], outcome.output());
      }
      assertTrue(outcome.output().contains("200000"), outcome.output());
      assertEquals(0, outcome.exit().code(), outcome.output());
      assertEquals(0, Files.getAttribute(volume.resolve("new"), "unix:uid"));
      assertEquals(
          200_000, Files.getAttribute(folder.resolve("container0/upper/etc/new"), "unix:uid"));

      Monitor container = busybox.running(sleeping(pause));
      try {
        Options exec =
            new Options().script("id -u; cat /proc/self/uid_map; touch /tmp/x; stat -c %u /tmp/x");
        exec.namespaces = of(pause, false);
        String said = busybox.exec(container, exec).line();
        assertTrue(said.startsWith("0\n") && said.contains("200000") && said.endsWith("0"), said);
      } finally {
        container.end();
      }
      pause.kill();
    }
  }

  @Test
  void aUserNamespaceAndASharedPidNamespaceGoTogether() throws Exception {
    List<IdMapping> mappings = List.of(new IdMapping(0, 200_000, 65_536));
    try (Pause pause = busybox.pause(pause(true, mappings))) {
      Options options = new Options().args("sleep", "100");
      options.namespaces = of(pause, true);
      Monitor container = busybox.running(options);
      try {
        assertEquals(
            container.toRecord().monitor().pid(),
            ProcStat.of(container.id().pid()).orElseThrow().parent());
        Options exec = new Options().script("id -u; ps | grep -c pause");
        exec.namespaces = options.namespaces;
        assertTrue(busybox.exec(container, exec).line().startsWith("0\n"));
      } finally {
        container.end();
      }
      pause.kill();
    }
  }

  private static Options sleeping(Pause pause) {
    Options options = new Options().args("sleep", "100");
    options.namespaces = of(pause, false);
    return options;
  }
}
