package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/** The systemd driver: on a machine that systemd runs (the lab's), and its refusal elsewhere. */
@Tag("machine")
class SystemdDriverIT {
  private static final long MIB = 1 << 20;

  static boolean available() throws IOException {
    return SystemdDriver.available(Cgroups.detect());
  }

  @Test
  @DisabledIf("available")
  void whereSystemdDoesNotRunTheMachineItIsRefusedWithAWayOut() throws IOException {
    Cgroups cgroups = Cgroups.detect();

    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new SystemdDriver(cgroups, ScopeHolder.sleeping()));

    assertTrue(refused.getMessage().endsWith("use the cgroupfs driver"), refused.getMessage());
  }

  /** With a systemd. */
  @Nested
  @Tag("systemd")
  class OnSystemd {
    private final String pod =
        "sandjartest-pod" + UUID.randomUUID().toString().replace('-', '_') + ".slice";
    private final String id = UUID.randomUUID().toString();
    private final List<Process> started = new ArrayList<>();
    private SystemdDriver driver;
    private Cgroup cgroup;

    @BeforeEach
    void create() throws IOException {
      driver = new SystemdDriver(Cgroups.detect(), ScopeHolder.sleeping());
      cgroup = driver.create(pod, id);
    }

    @AfterEach
    void remove() throws Exception {
      cgroup.kill();
      for (Process each : started) {
        each.destroyForcibly();
        each.waitFor();
      }
      cgroup.remove();
      driver.parentAt(pod).remove();
      driver.parentAt("sandjartest.slice").remove();
      assertFalse(driver.parentAt(pod).exists());
      driver.close();
    }

    @Test
    void aContainerIsAScopeInThePodsSlice() throws Exception {
      Process sleeper = join("sleep", "60");

      assertEquals("/sandjartest.slice/" + pod + "/sandjar-" + id + ".scope", cgroup.path());
      // The process that systemd was given ends when another has joined.
      StateWait.until(
          () -> cgroup.processes().equals(List.of((int) sleeper.pid())),
          "wait for the scope's holder to end");
      assertEquals("active", show("sandjar-" + id + ".scope", "ActiveState"));
      assertEquals(pod, show("sandjar-" + id + ".scope", "Slice"));
      assertEquals("yes", show("sandjar-" + id + ".scope", "Delegate"));
    }

    @Test
    void monitorsHaveALeafBelowTheDaemonsOwnCgroup() throws Exception {
      Cgroups cgroups = Cgroups.detect();
      String own = cgroups.pathOf(ProcessHandle.current().pid()).orElseThrow();
      Cgroup monitors = driver.createMonitors("not-used.slice");
      try {
        assertEquals(own + "/monitors", monitors.path());
        Process sleeper = new ProcessBuilder("sleep", "60").start();
        started.add(sleeper);
        Path folder = CgroupPath.under(cgroups.mounts().v2().orElseThrow(), monitors.path());
        Files.writeString(folder.resolve("cgroup.procs"), Long.toString(sleeper.pid()));
        assertEquals(List.of((int) sleeper.pid()), monitors.processes());
        sleeper.destroyForcibly().waitFor();
      } finally {
        monitors.remove();
      }
    }

    @Test
    void systemdKnowsTheLimitsAndKeepsThemWhenItReloads() throws Exception {
      join("sleep", "60");
      cgroup.apply(
          Resources.builder()
              .cpuShares(512)
              .cpuQuota(50_000)
              .cpuPeriod(100_000)
              .memoryLimit(64 * MIB)
              .pidsLimit(50)
              .cpusetCpus("0")
              .build());

      run("systemctl", "daemon-reload");

      String scope = "sandjar-" + id + ".scope";
      assertEquals(Long.toString(64 * MIB), show(scope, "MemoryMax"));
      assertEquals("50", show(scope, "TasksMax"));
      assertEquals("59", show(scope, "CPUWeight"));
      assertEquals("500ms", show(scope, "CPUQuotaPerSecUSec"));
      assertEquals("0", show(scope, "AllowedCPUs"));
      CgroupStats stats = cgroup.stats();
      assertEquals(64 * MIB, stats.usage().memory().limit().orElseThrow());
      assertEquals(50, stats.pids().limit().orElseThrow());
    }

    @Test
    void anOomKillIsToldAfterSystemdHasRemovedTheCgroup() throws Exception {
      cgroup.apply(Resources.builder().memoryLimit(24 * MIB).build());
      Process eater =
          join("sh", "-c", "read go; exec head -c 200000000 /dev/zero | tail > /dev/null");
      go(eater);

      assertTrue(eater.waitFor(120, TimeUnit.SECONDS));
      StateWait.until(() -> !cgroup.exists(), "wait for systemd to remove the scope");

      assertTrue(cgroup.oomKills() >= 1);
      assertEquals(0, cgroup.stats().pids().processes());
    }

    @Test
    void aContainerThatEndsByItselfLeavesNothing() throws Exception {
      Process shortLived = join("sh", "-c", "read go");
      go(shortLived);
      assertTrue(shortLived.waitFor(60, TimeUnit.SECONDS));

      cgroup.remove();

      assertEquals("inactive", show("sandjar-" + id + ".scope", "ActiveState"));
      assertFalse(cgroup.exists());
    }

    @Test
    void theSameIdCanBeUsedAgainAfterRemoval() throws Exception {
      join("sleep", "60");
      cgroup.kill();
      cgroup.remove();

      cgroup = driver.create(pod, id);

      assertTrue(cgroup.exists());
    }

    private Process join(String... command) throws IOException {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      started.add(process);
      try (Join join = cgroup.join()) {
        Path folder =
            Path.of("/proc/self/fd/" + join.cloneInto().orElseThrow().number()).toRealPath();
        ControlFile.write(folder.resolve("cgroup.procs"), process.pid());
      }
      return process;
    }

    private static void go(Process process) throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    }

    private static String show(String unit, String property) throws Exception {
      return run("systemctl", "show", "--value", "-p", property, unit);
    }

    private static String run(String... command) throws Exception {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), output);
      return output.strip();
    }
  }
}
