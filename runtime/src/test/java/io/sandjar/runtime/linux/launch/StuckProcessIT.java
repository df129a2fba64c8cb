package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.CgroupfsDriver;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that neither go on nor end: whoever waits for one is told so in time. A frozen cgroup
 * stands in for the disk that does not answer: v1's freezer holds back even SIGKILL.
 */
@Tag("machine")
class StuckProcessIT {
  /** What is not stuck has to keep it too, on a busy machine. */
  private static final Duration BOUND = Duration.ofSeconds(3);

  private static final String NOT_ENDED = "has not ended within " + BOUND.toSeconds() + " s";
  private static final Path LEGACY_FREEZER = Path.of("/sys/fs/cgroup/freezer");

  @TempDir Path folder;
  private final String parent = "/sandjar-test-" + UUID.randomUUID();
  private CgroupfsDriver driver;
  private Cgroup cgroup;
  private Busybox busybox;

  @BeforeEach
  void start() throws Exception {
    Cgroups cgroups = Cgroups.detect();
    driver = new CgroupfsDriver(cgroups);
    cgroup = driver.create(parent, "stuck");
    busybox =
        new Busybox(
            folder,
            new LauncherConfig(folder, cgroups, Optional.empty(), InheritedLimits.read(), BOUND));
  }

  @AfterEach
  void stop() throws Exception {
    thaw();
    busybox.close();
    cgroup.kill();
    driver.parentAt(parent).remove();
  }

  /** Whether even SIGKILL waits until it is thawed. */
  private boolean freezeHard() throws IOException {
    Path state = LEGACY_FREEZER.resolve(cgroup.path().substring(1)).resolve("freezer.state");
    if (Files.exists(state)) {
      Files.writeString(state, "FROZEN");
      await(() -> read(state).equals("FROZEN"), "the freezer's state");
      return true;
    }
    cgroup.freeze();
    return false;
  }

  private void thaw() throws IOException {
    Path state = LEGACY_FREEZER.resolve(cgroup.path().substring(1)).resolve("freezer.state");
    if (Files.exists(state)) {
      Files.writeString(state, "THAWED");
    }
    cgroup.thaw();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void await(BooleanSupplier reached, String what) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!reached.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, what + " did not come");
      Thread.onSpinWait();
    }
  }

  private Monitor running() throws Exception {
    try (var join = cgroup.join()) {
      Options options = new Options().args("sleep", "1000");
      options.cgroup = Optional.of(join);
      return busybox.running(options);
    }
  }

  private List<Integer> processes() {
    try {
      return cgroup.processes();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anExecIntoAFrozenContainerIsGivenUpAndLeavesNothing() throws Exception {
    Monitor container = running();
    List<Integer> before = processes();
    for (boolean hard : List.of(false, true)) {
      if (hard) {
        freezeHard();
      } else {
        cgroup.freeze();
      }
      try (var join = cgroup.join()) {
        Options exec = new Options().args("true");
        exec.cgroup = Optional.of(join);
        IOException refused = assertThrows(IOException.class, () -> busybox.exec(container, exec));
        assertTrue(refused.getMessage().contains("did not get any further"), refused.toString());
      }
      thaw();
      await(() -> processes().equals(before), "the end of what was given up");
    }
    container.end();
  }

  @Test
  void aPauseProcessThatDoesNotEndIsReported() throws Exception {
    try (var join = cgroup.join();
        Pause pause =
            busybox.pause(
                new PauseLaunch(
                    "stuck",
                    Namespace.OWN,
                    true,
                    true,
                    true,
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Map.of(),
                    Optional.of(join),
                    OptionalInt.empty(),
                    Optional.empty()))) {
      if (freezeHard()) {
        IOException stuck = assertThrows(IOException.class, pause::kill);
        assertTrue(stuck.getMessage().contains(NOT_ENDED), stuck.getMessage());
        thaw();
      }
      pause.kill();
      assertTrue(pause.ended().isDone());
    }
  }

  @Test
  void aContainerThatDoesNotEndIsReportedAndCanBeEndedLater() throws Exception {
    Monitor container = running();
    if (freezeHard()) {
      IOException stuck = assertThrows(IOException.class, container::end);
      assertTrue(stuck.getMessage().contains(NOT_ENDED), stuck.getMessage());
      thaw();
      assertEquals(137, container.exit().get(60, java.util.concurrent.TimeUnit.SECONDS).code());
    }
    container.end();
    assertEquals(List.of(), processes());
  }
}
