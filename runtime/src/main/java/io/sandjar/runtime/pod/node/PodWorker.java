package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.pod.store.ObjectKey;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Drives one pod: looks at it whenever something about it may have changed, one look at a time, and
 * when a look asked for it again.
 */
final class PodWorker {
  private static final System.Logger LOG = System.getLogger(PodWorker.class.getName());
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final ObjectKey key;
  private final String uid;
  private final Look look;
  private final Executor workers;
  private final ScheduledExecutorService timer;
  private final InstantSource clock;
  private final PodMemory memory = new PodMemory();
  private boolean running;
  private boolean again;
  private boolean ended;
  private ScheduledFuture<?> alarm;

  /** One look at a pod. */
  interface Look {

    /**
     * Brings the pod as far as it can be now.
     *
     * @return when to look again even if nothing happens
     */
    Optional<Instant> at(PodWorker worker) throws Exception;
  }

  PodWorker(
      ObjectKey key,
      String uid,
      Look look,
      Executor workers,
      ScheduledExecutorService timer,
      InstantSource clock) {
    this.key = key;
    this.uid = uid;
    this.look = look;
    this.workers = workers;
    this.timer = timer;
    this.clock = clock;
  }

  ObjectKey key() {
    return key;
  }

  String uid() {
    return uid;
  }

  PodMemory memory() {
    return memory;
  }

  /** Something may have changed. */
  synchronized void wake() {
    if (ended) {
      return;
    }
    if (running) {
      again = true;
    } else {
      running = true;
      workers.execute(this::run);
    }
  }

  /** No look begins after this. */
  synchronized void end() {
    ended = true;
    if (alarm != null) {
      alarm.cancel(false);
    }
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  private void run() {
    Optional<Instant> next;
    try {
      next = look.at(this);
    } catch (Exception | LinkageError | OutOfMemoryError | StackOverflowError e) {
      LOG.log(
          Level.WARNING,
          key + ": " + e.getMessage() + "; tried again in " + RETRY.toSeconds() + " s",
          e);
      next = Optional.of(clock.instant().plus(RETRY));
    }
    synchronized (this) {
      running = false;
      if (ended) {
        return;
      }
      if (again) {
        again = false;
        wake();
        return;
      }
      if (alarm != null) {
        alarm.cancel(false);
      }
      next.ifPresent(this::wakeAt);
    }
  }

  private void wakeAt(Instant time) {
    long millis = Math.max(1, Duration.between(clock.instant(), time).toMillis());
    alarm = timer.schedule(this::wake, millis, TimeUnit.MILLISECONDS);
  }
}
