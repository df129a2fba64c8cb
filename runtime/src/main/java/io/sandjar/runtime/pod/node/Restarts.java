package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ContainerEnd;
import io.sandjar.runtime.pod.plan.PodLabels;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides whether and when a container is started again. All that it needs is on record with the
 * containers, so that a restart of the daemon changes neither counts nor waiting times.
 */
final class Restarts {
  private static final long FIRST_SECONDS = 10;
  private static final long MOST_SECONDS = 300;

  /** A container that ran this long is not crash looping. */
  private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(10);

  private Restarts() {}

  /** When a container is wanted to run. */
  enum Policy {
    ALWAYS,
    ON_FAILURE,
    NEVER
  }

  /** What to do about a container. */
  sealed interface Decision {

    /** It runs, or ended for good. */
    record Leave() implements Decision {}

    /** Start it, as this attempt; {@code heldBackSeconds} goes on record for the next one. */
    record Start(int attempt, long heldBackSeconds) implements Decision {}

    /** Start it, but not before this time. */
    record Wait(Instant until, long seconds) implements Decision {}
  }

  /**
   * @param latest the newest container of that name, if there has been one
   */
  static Decision decide(Policy policy, Optional<Container> latest, Instant now) {
    if (latest.isEmpty()) {
      return new Decision.Start(0, 0);
    }
    Container container = latest.get();
    if (container.state() != Container.State.EXITED) {
      return new Decision.Leave();
    }
    if (!isWantedAgain(policy, exitCode(container))) {
      return new Decision.Leave();
    }
    long seconds = nextBackOff(container);
    Instant until = finishedAt(container).plusSeconds(seconds);
    return isHeldBack(finishedAt(container), until, now)
        ? new Decision.Wait(until, seconds)
        : new Decision.Start(container.spec().name().attempt() + 1, seconds);
  }

  /** A clock that was set back since must not hold it back for as long as it was set back by. */
  static boolean isHeldBack(Instant since, Instant until, Instant now) {
    return now.isBefore(until) && !now.isBefore(since);
  }

  static boolean isWantedAgain(Policy policy, int exitCode) {
    return switch (policy) {
      case ALWAYS -> true;
      case ON_FAILURE -> exitCode != 0;
      case NEVER -> false;
    };
  }

  /** The first restart is at once, the next ones after 10 s, 20 s, 40 s ... 5 min. */
  private static long nextBackOff(Container container) {
    long before =
        Long.parseLong(
            container.spec().annotations().getOrDefault(PodLabels.BACK_OFF_SECONDS, "0"));
    Duration ran =
        container
            .startedAt()
            .map(started -> Duration.between(started, finishedAt(container)))
            .orElse(Duration.ZERO);
    if (container.spec().name().attempt() == 0 || ran.compareTo(FORGIVEN_AFTER) >= 0) {
      return 0;
    }
    return before < FIRST_SECONDS ? FIRST_SECONDS : Math.min(2 * before, MOST_SECONDS);
  }

  static int exitCode(Container container) {
    return container.end().map(ContainerEnd::exitCode).orElse(0);
  }

  static Instant finishedAt(Container container) {
    return container.end().map(ContainerEnd::finishedAt).orElse(Instant.EPOCH);
  }
}
