package io.sandjar.runtime.pod.probe;

import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** One probe of one container: its clock and its thresholds, as the kubelet has them. */
final class ProbeWorker {
  private final ProbeKind kind;
  private final ProbeSpec spec;
  private final ProbeRunner runner;
  private final ProbeTarget target;
  private final EventLoop loop;
  private final BiConsumer<ProbeKind, ProbeOutcome> judge;
  private final ProbeListener listener;
  private long nextTick;
  private Optional<Boolean> lastSuccess = Optional.empty();
  private int inARow;
  private Optional<Boolean> judged;
  private boolean stopped;
  private Future<?> next;

  ProbeWorker(
      ProbeKind kind,
      ProbeSpec spec,
      ProbeRunner runner,
      ProbeTarget target,
      EventLoop loop,
      BiConsumer<ProbeKind, ProbeOutcome> judge,
      ProbeListener listener) {
    this.kind = kind;
    this.spec = spec;
    this.runner = runner;
    this.target = target;
    this.loop = loop;
    this.judge = judge;
    this.listener = listener;
    this.judged = initial(kind);
  }

  /**
   * What holds before the first judgement: alive. Whether it has started and is ready is open: a
   * container that is found running may be on record as ready.
   */
  private static Optional<Boolean> initial(ProbeKind kind) {
    return switch (kind) {
      case STARTUP, READINESS -> Optional.empty();
      case LIVENESS -> Optional.of(true);
    };
  }

  ProbeKind kind() {
    return kind;
  }

  /**
   * @param spread wait up to a period before an overdue check, so that a daemon that finds many
   *     containers does not check all of them at once
   */
  void start(long containerStartedAt, boolean spread) {
    long now = System.nanoTime();
    long due = containerStartedAt + spec.initialDelay().toNanos();
    if (due - now > 0) {
      nextTick = due;
    } else {
      nextTick = now + (spread ? ThreadLocalRandom.current().nextLong(spec.period().toNanos()) : 0);
    }
    schedule();
  }

  private void schedule() {
    long delay = Math.max(0, nextTick - System.nanoTime());
    next = loop.schedule(this::check, delay, TimeUnit.NANOSECONDS);
  }

  private void check() {
    if (stopped) {
      return;
    }
    runner
        .run(spec.check(), target, spec.timeout())
        .whenCompleteAsync((outcome, failure) -> checked(outcome), loop);
  }

  private void checked(ProbeOutcome outcome) {
    if (stopped) {
      return;
    }
    if (!outcome.success()) {
      listener.checkFailed(kind, kind + " probe failed: " + outcome.message());
    }
    count(outcome);
    if (!stopped) {
      // Ticks that a slow check has missed are left out, not made up for.
      long period = spec.period().toNanos();
      long late = System.nanoTime() - nextTick;
      nextTick += period * Math.max(1, (late + period - 1) / period);
      schedule();
    }
  }

  private void count(ProbeOutcome outcome) {
    boolean success = outcome.success();
    inARow = lastSuccess.equals(Optional.of(success)) ? inARow + 1 : 1;
    lastSuccess = Optional.of(success);
    int threshold = success ? spec.successThreshold() : spec.failureThreshold();
    if (inARow >= threshold && !judged.equals(Optional.of(success))) {
      judged = Optional.of(success);
      judge.accept(kind, outcome);
    }
  }

  void stop() {
    stopped = true;
    if (next != null) {
      next.cancel(false);
    }
  }
}
