package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real cgroups, in whatever layout this machine has. Needs root. */
@Tag("machine")
class CgroupIT {
  private static final long MIB = 1 << 20;

  private final String parent = "/sandjar-test-" + UUID.randomUUID();
  private final List<Process> started = new ArrayList<>();
  private Cgroups cgroups;
  private CgroupDriver driver;
  private Cgroup cgroup;

  @BeforeEach
  void create() throws IOException {
    assertTrue(
        Files.isWritable(Path.of("/proc/sys/kernel/core_pattern")),
        "this test needs root and a writable /sys/fs/cgroup");
    cgroups = Cgroups.detect();
    driver = new CgroupfsDriver(cgroups);
    cgroup = driver.create(parent, "leaf");
  }

  @AfterEach
  void remove() throws Exception {
    cgroup.kill();
    for (Process each : started) {
      each.destroyForcibly();
      each.waitFor();
    }
    cgroup.remove();
    driver.parentAt(parent).remove();
    assertFalse(driver.parentAt(parent).exists());
  }

  @Test
  void itExistsUntilItIsRemoved() throws IOException {
    assertTrue(cgroup.exists());
    assertTrue(driver.at(parent, "leaf").exists());
    cgroup.remove();
    assertFalse(cgroup.exists());
    cgroup.remove();
  }

  @Test
  void whoeverRemovesItMeanwhileLeavesNothingToKill() throws Exception {
    for (int i = 0; i < 300; i++) {
      Cgroup going = driver.create(parent, "going");
      var killing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (going.exists()) {
                    going.kill();
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      going.remove();
      killing.get();
    }
  }

  @Test
  void creatingItTwiceIsNoError() throws IOException {
    driver.create(parent, "leaf");
    assertTrue(cgroup.exists());
  }

  @Test
  void aProcessThatJoinsIsInEveryHierarchy() throws Exception {
    Process sleeper = start("sleep", "60");
    join(sleeper);

    assertEquals(List.of((int) sleeper.pid()), cgroup.processes());
    assertEquals(1, cgroup.stats().pids().processes());
    for (String line : Files.readAllLines(Path.of("/proc/" + sleeper.pid() + "/cgroup"))) {
      assertTrue(line.endsWith(parent + "/leaf"), line);
    }
    assertEquals(Optional.of(parent + "/leaf"), cgroups.pathOf(sleeper.pid()));
  }

  @Test
  void anExecJoinsWhereTheInitWentSinceOnV2NoneMayBeAboveIt() throws Exception {
    Process sleeper = start("sleep", "60");
    Cgroup below = cgroups.create(parent + "/leaf/init.scope");
    join(below, sleeper.pid());

    Process second = start("sleep", "60");
    try (Join beside = cgroup.joinBeside((int) sleeper.pid())) {
      write(beside, second.pid(), unified() ? below.path() : cgroup.path());
    }

    assertEquals(unified() ? 2 : 1, below.processes().size());
    assertEquals(2, cgroup.stats().pids().processes());
  }

  /** Else, one below which it handed them down could not be joined by an exec any more. */
  @Test
  void besideV1ACgroupHasNoControllersOfV2ToHandDown() throws IOException {
    var v2 = cgroups.mounts().v2();
    if (unified() || v2.isEmpty()) {
      return; // It has its limits there, or is not there.
    }
    Path folder = CgroupPath.under(v2.get(), cgroup.path());
    assertEquals("", ControlFile.read(folder.resolve("cgroup.controllers")));
  }

  @Test
  void aCpusetWithoutProcessorsIsNoFullDisk() throws Exception {
    var cpuset = cgroups.mounts().with("cpuset");
    if (cpuset.isEmpty()) {
      return; // v2 has those of the cgroup above where none are set.
    }
    Path empty = Files.createDirectory(cpuset.get().folder(cgroup.path()).resolve("empty"));
    Process sleeper = start("sleep", "60");

    var refused =
        assertThrows(
            IOException.class,
            () -> ControlFile.write(empty.resolve("cgroup.procs"), sleeper.pid()));

    assertTrue(refused.getMessage().contains("no processors"), refused.getMessage());
    assertEquals(EngineException.Kind.INTERNAL, EngineException.kindOf(refused));
  }

  @Test
  void killReachesEveryProcessAlsoBelow() throws Exception {
    Process shell = start("sh", "-c", "read go; sleep 60 & sleep 60 & sleep 60");
    Process below = start("sleep", "60");
    join(shell);
    join(made("/leaf/below"), below.pid());
    go(shell);
    await(() -> cgroup.processes().size() >= 4);

    cgroup.kill();

    assertTrue(shell.waitFor(60, TimeUnit.SECONDS));
    assertTrue(below.waitFor(60, TimeUnit.SECONDS));
    assertEquals(128 + 9, shell.exitValue());
    await(() -> cgroup.processes().isEmpty());
  }

  @Test
  void aParentThatHoldsProcessesIsRefusedOnV2AndLeftAsItWas() throws Exception {
    if (!unified()) {
      return; // v1 has no such rule.
    }
    Process sleeper = start("sleep", "60");
    join(sleeper);

    var refused = assertThrows(IOException.class, () -> cgroups.create(parent + "/leaf/below"));

    assertTrue(refused.getMessage().contains("holds processes"), refused.getMessage());
    assertEquals("", read("", "cgroup.subtree_control"));
    assertEquals("domain", read("", "cgroup.type"));
  }

  @Test
  void killEndsAFrozenProcessToo() throws Exception {
    Process sleeper = start("sleep", "60");
    join(sleeper);
    cgroup.freeze();

    cgroup.kill();

    assertTrue(sleeper.waitFor(60, TimeUnit.SECONDS));
  }

  @Test
  void killWinsAgainstProcessesThatForkAllTheTime() throws Exception {
    cgroup.apply(Resources.builder().pidsLimit(2000).build());
    String storm = "while :; do sleep 0.05 & done";
    Process bomb = start("sh", "-c", "read go; (" + storm + ") & (" + storm + ") & " + storm);
    join(bomb);
    go(bomb);
    await(() -> cgroup.processes().size() > 20);

    cgroup.kill();

    await(() -> cgroup.processes().isEmpty());
  }

  @Test
  void aFrozenProcessStandsStillUntilItIsThawed() throws Exception {
    Process counter = start("sh", "-c", "read go; while :; do echo; done > /dev/null");
    join(counter);
    go(counter);
    cgroup.freeze();

    long before = cgroup.usage().cpuNanos();
    TimeUnit.MILLISECONDS.sleep(100);
    assertEquals(before, cgroup.usage().cpuNanos());

    cgroup.thaw();
    await(() -> cgroup.usage().cpuNanos() > before);
  }

  @Test
  void removalFailsWithTheProcessesThatLiveOn() throws Exception {
    Process sleeper = start("sleep", "60");
    join(sleeper);

    var failure = assertThrows(IOException.class, cgroup::remove);

    assertTrue(failure.getMessage().contains("[" + sleeper.pid() + "]"), failure.getMessage());
  }

  @Test
  void aProcessOverItsMemoryLimitIsKilledAndCounted() throws Exception {
    cgroup.apply(Resources.builder().memoryLimit(24 * MIB).build());
    Process eater = start("sh", "-c", "read go; head -c 200000000 /dev/zero | tail > /dev/null");
    join(eater);
    assertEquals(0, cgroup.oomKills());
    go(eater);

    assertTrue(eater.waitFor(60, TimeUnit.SECONDS));

    assertTrue(cgroup.oomKills() >= 1);
    assertEquals(24 * MIB, cgroup.usage().memory().limit().orElseThrow());
    if (unified()) { // Newer kernels no longer count memory.failcnt of v1.
      assertTrue(cgroup.stats().memory().failures() > 0);
    }
  }

  @Test
  void aMemoryLimitWithoutASwapLimitMeansNoSwap() throws IOException {
    cgroup.apply(Resources.builder().memoryLimit(64 * MIB).build());

    assertEquals(0, cgroup.usage().memory().swapLimit().orElse(0));
  }

  @Test
  void memoryLimitsGrowAndShrinkLive() throws IOException {
    for (long mib : new long[] {64, 128, 32, 256}) {
      cgroup.apply(
          Resources.builder().memoryLimit(mib * MIB).memorySwapLimit(2 * mib * MIB).build());

      CgroupUsage.Memory memory = cgroup.usage().memory();
      assertEquals(mib * MIB, memory.limit().orElseThrow());
      if (memory.swapLimit().isPresent()) { // Absent where the kernel does not account swap.
        assertEquals(mib * MIB, memory.swapLimit().getAsLong());
      }
    }
    cgroup.apply(Resources.builder().memoryLimit(-1).build());
    assertTrue(cgroup.usage().memory().limit().isEmpty());
  }

  @Test
  void aQuotaThrottles() throws Exception {
    cgroup.apply(Resources.builder().cpuQuota(5_000).cpuPeriod(50_000).build());
    Process spinner = start("sh", "-c", "read go; while :; do :; done");
    join(spinner);
    go(spinner);

    await(() -> cgroup.stats().cpu().throttledPeriods() > 0);
    assertTrue(cgroup.usage().cpuNanos() > 0);
  }

  @Test
  void quotaAndPeriodChangeApartAndTogether() throws IOException {
    driver.parentAt(parent).apply(Resources.builder().cpuQuota(50_000).cpuPeriod(100_000).build());
    cgroup.apply(Resources.builder().cpuQuota(50_000).build());
    // With the old quota this period asks for more than the parent has: the order matters.
    cgroup.apply(Resources.builder().cpuQuota(5_000).cpuPeriod(10_000).build());
    assertEquals("5000 10000", cpuMax());
    cgroup.apply(Resources.builder().cpuQuota(-1).build());
    assertEquals("max 10000", cpuMax());
  }

  @Test
  void sharesAreSetAsTheKernelCountsThem() throws IOException {
    cgroup.apply(Resources.builder().cpuShares(512).build());

    assertEquals(unified() ? "59" : "512", read("cpu", unified() ? "cpu.weight" : "cpu.shares"));
  }

  @Test
  void aCpusetBindsToItsCpus() throws Exception {
    Process sleeper = start("sleep", "60");
    join(sleeper);

    cgroup.apply(Resources.builder().cpusetCpus("0").cpusetMems("0").build());

    String status = Files.readString(Path.of("/proc/" + sleeper.pid() + "/status"));
    assertTrue(status.contains("Cpus_allowed_list:\t0\n"), status);
  }

  @Test
  void aPidsLimitStopsForks() throws Exception {
    cgroup.apply(Resources.builder().pidsLimit(2).build());
    Process shell =
        start("sh", "-c", "read go; sleep 5 & sleep 5 & sleep 5 & echo three > /dev/null");
    join(shell);
    go(shell);

    assertTrue(shell.waitFor(60, TimeUnit.SECONDS));
    assertEquals(2, shell.exitValue(), "a shell that cannot fork ends with 2");
    assertEquals(2, cgroup.stats().pids().limit().orElseThrow());
  }

  @Test
  void noHugePagesIsGrantedEverywhereButSomeOnlyWhereTheyAre() throws IOException {
    cgroup.apply(Resources.builder().hugepageLimits(Map.of("2MB", 0L)).build());
    Resources some = Resources.builder().hugepageLimits(Map.of("64KB", 65_536L)).build();
    assertThrows(IOException.class, () -> cgroup.apply(some));
    Resources nonsense = Resources.builder().hugepageLimits(Map.of("../x", 1L)).build();
    assertThrows(IllegalArgumentException.class, () -> cgroup.apply(nonsense));
  }

  @Test
  void unifiedKeysAreWrittenOnV2AndRefusedOnV1() throws IOException {
    Resources resources = Resources.builder().unified(Map.of("memory.high", "50331648")).build();
    if (unified()) {
      cgroup.apply(resources);
      assertEquals("50331648", read("memory", "memory.high"));
      Resources outside = Resources.builder().unified(Map.of("../cgroup.kill", "1")).build();
      assertThrows(IllegalArgumentException.class, () -> cgroup.apply(outside));
    } else {
      var refused = assertThrows(IllegalArgumentException.class, () -> cgroup.apply(resources));
      assertTrue(refused.getMessage().contains("need cgroup v2"));
    }
  }

  @Test
  void onlyTheAllowedDevicesOpen() throws Exception {
    cgroup.allowDevices(DeviceRule.STANDARD);
    assertEquals(0, openInside("/dev/null"));
    assertEquals(1, openInside("/dev/kmsg"));

    cgroup.allowDevices(List.of(DeviceRule.ALL));
    assertEquals(0, openInside("/dev/kmsg"));
  }

  @Test
  void theDeviceProgramOfV2WorksWhereverAV2TreeIs() throws Exception {
    Path folder = CgroupPath.under(cgroups.mounts().v2().orElseThrow(), parent + "/leaf");
    DeviceFilter.replace(folder, List.of());
    assertEquals(1, openInside("/dev/null"));

    DeviceFilter.replace(folder, DeviceRule.STANDARD);
    assertEquals(0, openInside("/dev/null"));
    assertEquals(1, openInside("/dev/kmsg"));
    try (Fd open = OpenFile.folder(folder)) {
      assertEquals(1, Bpf.attachedDevicePrograms(open, folder).size(), "replaced, not added");
    }

    DeviceFilter.replace(folder, List.of(DeviceRule.ALL));
    assertEquals(0, openInside("/dev/kmsg"));
  }

  @Test
  void statisticsOfWhatIsGoneAreEmpty() throws IOException {
    cgroup.remove();

    CgroupStats stats = cgroup.stats();

    assertEquals(0, stats.usage().memory().usage());
    assertEquals(0, stats.pids().processes());
    assertEquals(0, cgroup.oomKills());
    cgroup.kill();
  }

  private int openInside(String device) throws Exception {
    Process opener =
        start("sh", "-c", "read go; exec 2> /dev/null; (: < " + device + ") || exit 1");
    join(opener);
    go(opener);
    assertTrue(opener.waitFor(60, TimeUnit.SECONDS));
    return opener.exitValue() == 0 ? 0 : 1;
  }

  private boolean unified() {
    return cgroups.layout() == Cgroups.Layout.UNIFIED;
  }

  private String read(String controller, String file) throws IOException {
    Path folder =
        unified()
            ? CgroupPath.under(cgroups.mounts().v2().orElseThrow(), cgroup.path())
            : cgroups.mounts().with(controller).orElseThrow().folder(cgroup.path());
    return ControlFile.read(folder.resolve(file));
  }

  private String cpuMax() throws IOException {
    if (unified()) {
      return read("cpu", "cpu.max");
    }
    String quota = read("cpu", "cpu.cfs_quota_us");
    return (quota.equals("-1") ? "max" : quota) + " " + read("cpu", "cpu.cfs_period_us");
  }

  private Process start(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    started.add(process);
    return process;
  }

  private static void go(Process process) throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** As a container makes one below its own: without controllers, as that holds processes. */
  private Cgroup made(String below) throws IOException {
    List<Path> roots = new ArrayList<>();
    cgroups.mounts().v1().forEach(hierarchy -> roots.add(hierarchy.mountPoint()));
    cgroups.mounts().v2().ifPresent(roots::add);
    for (Path root : roots) {
      Files.createDirectory(CgroupPath.under(root, parent + below));
    }
    Cgroup made = cgroups.at(parent + below);
    if (!unified()) {
      made.apply(Resources.builder().cpusetCpus("0").cpusetMems("0").build());
    }
    return made;
  }

  private void join(Process process) throws IOException {
    join(cgroup, process.pid());
  }

  private void join(Cgroup to, long pid) throws IOException {
    try (Join join = to.join()) {
      write(join, pid, to.path());
    }
  }

  /** As a launched child does it, but for another process. */
  private void write(Join join, long pid, String path) throws IOException {
    for (String procs : join.procs()) {
      assertTrue(procs.endsWith(path + "/cgroup.procs"), procs);
      ControlFile.write(Path.of(procs), pid);
    }
    if (join.cloneInto().isPresent()) {
      Path folder = Path.of("/proc/self/fd/" + join.cloneInto().get().number()).toRealPath();
      assertTrue(folder.endsWith(path.substring(1)), folder.toString());
      ControlFile.write(folder.resolve("cgroup.procs"), pid);
    }
  }

  private static void await(StateWait.Condition condition) throws IOException {
    StateWait.until(condition, "wait in the test");
  }
}
