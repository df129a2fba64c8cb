package io.sandjar.runtime.pod.probe;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The probes of one running container, from its start to its end. Liveness and readiness wait for
 * the startup probe. Everything runs on one event loop.
 */
public final class ContainerProbes implements AutoCloseable {

  /** What a container's manifest asks for. */
  public record Specs(
      Optional<ProbeSpec> startup, Optional<ProbeSpec> liveness, Optional<ProbeSpec> readiness) {}

  private final Specs specs;
  private final ProbeRunner runner;
  private final ProbeTarget target;
  private final ProbeListener listener;
  private final EventLoop loop;
  private final List<ProbeWorker> workers = new ArrayList<>();

  /** When the container was started, on the clock of {@link System#nanoTime}. */
  private final long startedAt;

  private final boolean found;
  private boolean stopped;

  private ContainerProbes(
      Specs specs,
      ProbeRunner runner,
      ProbeTarget target,
      ProbeListener listener,
      EventLoop loop,
      Duration sinceStart) {
    this.specs = specs;
    this.runner = runner;
    this.target = target;
    this.listener = listener;
    this.loop = loop;
    this.found = !sinceStart.isZero();
    this.startedAt = System.nanoTime() - sinceStart.toNanos();
  }

  /**
   * Starts to probe.
   *
   * @param sinceStart how long the container has been running: not zero for one that was found
   *     running
   * @param alreadyStarted its startup probe has succeeded before
   */
  public static ContainerProbes start(
      Specs specs,
      ProbeRunner runner,
      ProbeTarget target,
      ProbeListener listener,
      EventLoop loop,
      Duration sinceStart,
      boolean alreadyStarted) {
    var probes = new ContainerProbes(specs, runner, target, listener, loop, sinceStart);
    loop.execute(() -> probes.begin(alreadyStarted));
    return probes;
  }

  private void begin(boolean alreadyStarted) {
    if (stopped) {
      return;
    }
    if (specs.startup().isPresent() && !alreadyStarted) {
      add(ProbeKind.STARTUP, specs.startup().get(), found);
    } else {
      afterStartup(found);
    }
  }

  private void afterStartup(boolean spread) {
    listener.started();
    specs.liveness().ifPresent(spec -> add(ProbeKind.LIVENESS, spec, spread));
    if (specs.readiness().isPresent()) {
      add(ProbeKind.READINESS, specs.readiness().get(), spread);
    } else {
      listener.readinessChanged(true);
    }
  }

  private void add(ProbeKind kind, ProbeSpec spec, boolean spread) {
    var worker = new ProbeWorker(kind, spec, runner, target, loop, this::judged, listener);
    workers.add(worker);
    worker.start(startedAt, spread);
  }

  /** A probe's result has changed: the thresholds are behind it. */
  private void judged(ProbeKind kind, ProbeOutcome outcome) {
    if (stopped) {
      return;
    }
    if (kind == ProbeKind.READINESS) {
      listener.readinessChanged(outcome.success());
    } else if (!outcome.success()) {
      stop();
      listener.mustRestart(kind, outcome.message());
    } else if (kind == ProbeKind.STARTUP) {
      workers.forEach(ProbeWorker::stop);
      workers.clear();
      afterStartup(false);
    }
  }

  private void stop() {
    stopped = true;
    workers.forEach(ProbeWorker::stop);
    workers.clear();
  }

  /**
   * Ends liveness and startup probes, since a pod that is being ended must not be restarted; its
   * readiness is still asked for.
   */
  public void podIsEnding() {
    loop.execute(
        () -> {
          for (var worker : workers) {
            if (worker.kind() != ProbeKind.READINESS) {
              worker.stop();
            }
          }
        });
  }

  /** Ends all probes; the listener is not called any more, save for a call that runs already. */
  @Override
  public void close() {
    if (loop.inEventLoop()) {
      stop();
    } else {
      loop.execute(this::stop);
    }
  }
}
