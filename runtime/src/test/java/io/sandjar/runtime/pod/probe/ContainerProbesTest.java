package io.sandjar.runtime.pod.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checks are commands whose outcome the test decides, one after the other. */
@Timeout(300)
class ContainerProbesTest implements ProbeListener {
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ProbeRunner runner = new ProbeRunner(loops, "test");
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  private final BlockingQueue<ProbeOutcome> startup = new LinkedBlockingQueue<>();
  private final BlockingQueue<ProbeOutcome> liveness = new LinkedBlockingQueue<>();
  private final BlockingQueue<ProbeOutcome> readiness = new LinkedBlockingQueue<>();
  private ContainerProbes probes;

  @AfterEach
  void end() {
    probes.close();
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  @Test
  void withoutProbesAContainerIsStartedAndReadyAtOnce() throws Exception {
    start(Optional.empty(), Optional.empty(), Optional.empty());
    tells("started", "ready true");
  }

  @Test
  void readinessNeedsItsThresholdsInARow() throws Exception {
    start(Optional.empty(), Optional.empty(), Optional.of(spec("readiness", 2, 2)));
    tells("started");
    say(readiness, true, false, true, true);
    tells("Readiness probe failed: no", "ready true");
    say(readiness, false, true, false, false);
    tells(
        "Readiness probe failed: no",
        "Readiness probe failed: no",
        "Readiness probe failed: no",
        "ready false");
  }

  @Test
  void aContainerThatIsFoundMayBeUnreadyByNow() throws Exception {
    start(
        Optional.empty(),
        Optional.empty(),
        Optional.of(spec("readiness", 1, 1)),
        Duration.ofSeconds(1));
    say(readiness, false);
    tells("started", "Readiness probe failed: no", "ready false");
  }

  @Test
  void livenessRestartsAfterItsThresholdAndThenIsSilent() throws Exception {
    start(Optional.empty(), Optional.of(spec("liveness", 1, 3)), Optional.empty());
    tells("started", "ready true");
    say(liveness, false, false, true, false, false, false, false);
    tells(
        "Liveness probe failed: no",
        "Liveness probe failed: no",
        "Liveness probe failed: no",
        "Liveness probe failed: no",
        "Liveness probe failed: no",
        "restart Liveness");
    Thread.sleep(100);
    assertTrue(told.isEmpty(), told.toString());
    assertEquals(1, liveness.size(), "nothing is asked any more");
  }

  @Test
  void theOthersWaitForTheStartupProbe() throws Exception {
    start(
        Optional.of(spec("startup", 1, 5)),
        Optional.of(spec("liveness", 1, 1)),
        Optional.of(spec("readiness", 1, 1)));
    say(readiness, true);
    say(liveness, true);
    say(startup, false, false);
    tells("Startup probe failed: no", "Startup probe failed: no");
    assertTrue(asked.stream().allMatch("startup"::equals), asked.toString());
    say(startup, true);
    tells("started", "ready true");
  }

  @Test
  void aStartupProbeThatNeverSucceedsRestarts() throws Exception {
    start(Optional.of(spec("startup", 1, 2)), Optional.empty(), Optional.empty());
    say(startup, false, false);
    tells("Startup probe failed: no", "Startup probe failed: no", "restart Startup");
  }

  @Test
  void aPodThatEndsIsNotRestarted() throws Exception {
    start(
        Optional.empty(),
        Optional.of(spec("liveness", 1, 1)),
        Optional.of(spec("readiness", 1, 1)));
    tells("started");
    probes.podIsEnding();
    Thread.sleep(50);
    say(liveness, false, false);
    say(readiness, true);
    tells("ready true");
  }

  private void start(
      Optional<ProbeSpec> startup, Optional<ProbeSpec> liveness, Optional<ProbeSpec> readiness) {
    start(startup, liveness, readiness, Duration.ZERO);
  }

  private void start(
      Optional<ProbeSpec> startup,
      Optional<ProbeSpec> liveness,
      Optional<ProbeSpec> readiness,
      Duration sinceStart) {
    probes =
        ContainerProbes.start(
            new ContainerProbes.Specs(startup, liveness, readiness),
            runner,
            new Decided(),
            this,
            loops.next(),
            sinceStart,
            false);
  }

  private static ProbeSpec spec(String name, int successes, int failures) {
    return new ProbeSpec(
        new ProbeCheck.Exec(List.of(name)),
        Duration.ZERO,
        Duration.ofSeconds(30),
        Duration.ofMillis(5),
        successes,
        failures);
  }

  private static void say(BlockingQueue<ProbeOutcome> probe, boolean... successes) {
    for (boolean success : successes) {
      probe.add(success ? ProbeOutcome.success("yes") : ProbeOutcome.failure("no"));
    }
  }

  private void tells(String... expected) throws InterruptedException {
    for (var text : expected) {
      assertEquals(text, told.poll(60, TimeUnit.SECONDS));
    }
  }

  @Override
  public void started() {
    told.add("started");
  }

  @Override
  public void readinessChanged(boolean ready) {
    told.add("ready " + ready);
  }

  @Override
  public void mustRestart(ProbeKind kind, String message) {
    told.add("restart " + kind);
  }

  @Override
  public void checkFailed(ProbeKind kind, String message) {
    told.add(message);
  }

  /** Answers a check when the test has said how. */
  private final class Decided implements ProbeTarget {
    @Override
    public String address() {
      return "127.0.0.1";
    }

    @Override
    public CompletionStage<ProbeOutcome> exec(List<String> command, Duration timeout) {
      var name = command.get(0);
      asked.add(name);
      var answers =
          name.equals("startup") ? startup : name.equals("liveness") ? liveness : readiness;
      return CompletableFuture.supplyAsync(
          () -> {
            try {
              return answers.take();
            } catch (InterruptedException e) {
              return ProbeOutcome.failure("interrupted");
            }
          },
          task -> {
            var thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
          });
    }
  }
}
