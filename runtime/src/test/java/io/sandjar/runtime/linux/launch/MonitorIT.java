package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcStat;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupfsDriver;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the process between a daemon and a container keeps, and tells whoever comes later. */
@Tag("machine")
class MonitorIT extends BusyboxTest {
  private static final LaunchBounds BOUNDS = LaunchBounds.of(Duration.ofSeconds(60));

  /** A container that waits at its gate for a line of input, with no other holder of its pipes. */
  private Monitor waiting() throws Exception {
    Fd[] input = OpenFiles.pipe();
    Fd[] output = OpenFiles.pipe();
    Options options = new Options().script("read line; echo got $line; exit 5");
    options.stdio =
        new Stdio.Files(
            Optional.of(input[0]), Optional.of(input[1]), Optional.of(output[1]), Optional.empty());
    options.held = List.of(output[0]);
    Monitor monitor = busybox.launcher.create(busybox.launch(options));
    for (Fd fd : List.of(input[0], input[1], output[0], output[1])) {
      fd.close();
    }
    return monitor;
  }

  private static void assertRunsToItsEnd(Monitor monitor) throws Exception {
    monitor.start();
    OpenFiles.writeFully(
        monitor.stdinWriter().orElseThrow(), "line\n".getBytes(StandardCharsets.UTF_8), "stdin");
    assertEquals("got line\n", Busybox.readAll(monitor.held().get(0)));
    ExitStatus exit = monitor.exit().get(60, TimeUnit.SECONDS);
    assertEquals(5, exit.code());
    assertTrue(exit.isKnown());
  }

  @Test
  void aLaterDaemonAdoptsAContainerWithItsFilesAndItsExit() throws Exception {
    Monitor first = waiting();
    MonitorRecord remembered = first.toRecord();
    first.close();
    try (Launcher later = new Launcher(LauncherConfig.of(folder, Cgroups.detect()))) {
      Monitor monitor = later.adopt(remembered);
      assertRunsToItsEnd(monitor);
      monitor.end();
      Monitor gone = later.adopt(remembered);
      assertEquals(5, gone.exit().get(60, TimeUnit.SECONDS).code());
      gone.close();
    }
  }

  @Test
  void aMonitorKeepsNothingOfItsLaunchButWhatItHasYetToDo() throws Exception {
    Monitor monitor = waiting();
    busybox.awaitLaunchForgotten(monitor.toRecord().monitor().pid());
    assertRunsToItsEnd(monitor);
    monitor.end();
  }

  @Test
  void aDaemonThatMayNotTakeTheFilesIsGivenThem() throws Exception {
    Monitor first = waiting();
    MonitorRecord remembered = first.toRecord();
    first.close();
    try (Epoll epoll = Epoll.start("test-exits")) {
      // Twice, as after two restarts.
      MonitorAdoption.adoptByAsking(remembered, epoll, BOUNDS).close();
      Monitor monitor = MonitorAdoption.adoptByAsking(remembered, epoll, BOUNDS);
      assertRunsToItsEnd(monitor);
      // Its container has ended, and it still answers.
      MonitorAdoption.adoptByAsking(remembered, epoll, BOUNDS).close();
      monitor.end();
    }
  }

  @Test
  void aClosedStdinIsNotGivenButTheRestIs() throws Exception {
    Monitor first = waiting();
    first.start();
    first.closeStdin();
    assertEquals("got\n", Busybox.readAll(first.held().get(0)));
    MonitorRecord remembered = first.toRecord();
    first.close();
    try (Epoll epoll = Epoll.start("test-exits")) {
      Monitor monitor = MonitorAdoption.adoptByAsking(remembered, epoll, BOUNDS);
      assertTrue(monitor.stdinWriter().isEmpty());
      assertEquals(1, monitor.held().size());
      assertEquals(5, monitor.exit().get(60, TimeUnit.SECONDS).code());
      monitor.end();
    }
  }

  @Test
  void onlyRootMayAskForTheFiles() throws Exception {
    Monitor monitor = busybox.running(new Options().args("sleep", "1000"));
    Path socket = MonitorSocket.at(Path.of(monitor.toRecord().exitFile()));
    assertEquals(0600, (int) Files.getAttribute(socket, "unix:mode") & 0777);
    monitor.end();
  }

  @Test
  void aMonitorIsInALeafOfItsOwnAndItsContainerIsNot() throws Exception {
    Cgroups cgroups = Cgroups.detect();
    var driver = new CgroupfsDriver(cgroups);
    String parent = "/sandjar-test-" + UUID.randomUUID();
    Cgroup monitors = driver.createMonitors(parent);
    Cgroup own = driver.create(parent, "container");
    try (var join = own.join();
        Launcher launcher =
            new Launcher(LauncherConfig.of(folder, cgroups).withMonitors(monitors))) {
      Options options = new Options().args("sleep", "1000");
      options.stdio = Stdio.Files.none();
      options.cgroup = Optional.of(join);
      Monitor monitor = launcher.create(busybox.launch(options));
      monitor.start();
      int pid = monitor.toRecord().monitor().pid();
      // It goes there while its container is prepared, and nobody waits for it.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!cgroupsOf(pid).stream().allMatch(path -> path.equals(monitors.path()))) {
        assertTrue(System.nanoTime() < end, () -> "it is in " + cgroupsOf(pid));
        Thread.sleep(10);
      }
      assertEquals(List.of(monitor.id().pid()), own.processes());
      assertEquals(List.of(pid), monitors.processes());
      monitor.end();
    } finally {
      driver.parentAt(parent).remove();
    }
  }

  private static List<String> cgroupsOf(int pid) {
    try {
      return Files.readAllLines(Path.of("/proc", Integer.toString(pid), "cgroup")).stream()
          .map(line -> line.substring(line.indexOf(':', line.indexOf(':') + 1) + 1))
          .toList();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void whatComesAfterTheEndReachesNobody() throws Exception {
    Monitor monitor = busybox.running(new Options().args("sleep", "1000"));
    monitor.end();
    monitor.signal(9);
    monitor.closeStdin();
    monitor.end();
    assertTrue(ProcStat.of(monitor.toRecord().monitor().pid()).isEmpty());
  }

  @Test
  void stdinEndsWhenItIsClosedAndNotBefore() throws Exception {
    Fd[] input = OpenFiles.pipe();
    Options options = new Options().script("cat > /dev/null; exit 4");
    options.stdio =
        new Stdio.Files(
            Optional.of(input[0]), Optional.of(input[1]), Optional.empty(), Optional.empty());
    Monitor monitor = busybox.launcher.create(busybox.launch(options));
    input[0].close();
    input[1].close();
    try {
      monitor.start();
      Thread.sleep(100);
      assertFalse(monitor.exit().isDone());
      monitor.closeStdin();
      assertEquals(4, monitor.exit().get(60, TimeUnit.SECONDS).code());
    } finally {
      monitor.end();
    }
  }

  @Test
  void theExitOfAKilledMonitorIsUnknownAndItsContainerEnds() throws Exception {
    Monitor monitor = busybox.running(new Options().args("sleep", "100"));
    int pid = monitor.toRecord().monitor().pid();
    try (Pidfd process = Pidfd.of(pid)) {
      process.signal(9);
    }
    ExitStatus exit = monitor.exit().get(60, TimeUnit.SECONDS);
    assertEquals(255, exit.code());
    assertTrue(exit.unknownReason().contains("killed"), exit.unknownReason());
    monitor.end();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (ProcStat.of(monitor.id().pid()).filter(stat -> !stat.isZombie()).isPresent()) {
      assertTrue(System.nanoTime() < end, "the container outlives its monitor");
      Thread.sleep(10);
    }
  }
}
