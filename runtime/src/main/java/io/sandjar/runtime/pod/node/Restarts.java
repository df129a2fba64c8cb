package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ContainerEnd;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.schema.Trees;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
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
    NEVER;

    static Policy of(Map<String, Object> pod) {
      return switch (Trees.string(Trees.object(pod, "spec"), "restartPolicy", "Always")) {
        case "OnFailure" -> ON_FAILURE;
        case "Never" -> NEVER;
        default -> ALWAYS;
      };
    }

    /** Whether one that ended so is started again. */
    boolean wantsAgain(int exitCode) {
      return switch (this) {
        case ALWAYS -> true;
        case ON_FAILURE -> exitCode != 0;
        case NEVER -> false;
      };
    }
  }

  /**
   * What is on record of a container.
   *
   * @param heldBackSeconds how long its start was held back
   * @param startedAt empty where it never ran
   */
  record Attempt(
      int number,
      long heldBackSeconds,
      Container.State state,
      Optional<Instant> startedAt,
      Instant finishedAt,
      int exitCode) {

    static Attempt of(Container container) {
      return new Attempt(
          container.spec().name().attempt(),
          Long.parseLong(
              container.spec().annotations().getOrDefault(PodLabels.BACK_OFF_SECONDS, "0")),
          container.state(),
          container.startedAt(),
          container.end().map(ContainerEnd::finishedAt).orElse(Instant.EPOCH),
          Restarts.exitCode(container));
    }
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
  static Decision decide(Policy policy, Optional<Attempt> latest, Instant now) {
    if (latest.isEmpty()) {
      return new Decision.Start(0, 0);
    }
    Attempt attempt = latest.get();
    if (attempt.state() == Container.State.CREATED) {
      // An earlier daemon made it and did not come to start it.
      return new Decision.Start(attempt.number(), attempt.heldBackSeconds());
    }
    if (attempt.state() == Container.State.RUNNING || !policy.wantsAgain(attempt.exitCode())) {
      return new Decision.Leave();
    }
    long seconds = nextBackOff(attempt);
    Instant until = attempt.finishedAt().plusSeconds(seconds);
    return isHeldBack(attempt.finishedAt(), until, now)
        ? new Decision.Wait(until, seconds)
        : new Decision.Start(attempt.number() + 1, seconds);
  }

  /** A clock that was set back since must not hold it back for as long as it was set back by. */
  static boolean isHeldBack(Instant since, Instant until, Instant now) {
    return now.isBefore(until) && !now.isBefore(since);
  }

  /** The first restart is at once, the next ones after 10 s, 20 s, 40 s ... 5 min. */
  private static long nextBackOff(Attempt attempt) {
    Duration ran =
        attempt
            .startedAt()
            .map(started -> Duration.between(started, attempt.finishedAt()))
            .orElse(Duration.ZERO);
    if (attempt.number() == 0 || ran.compareTo(FORGIVEN_AFTER) >= 0) {
      return 0;
    }
    return Math.max(FIRST_SECONDS, Math.min(2 * attempt.heldBackSeconds(), MOST_SECONDS));
  }

  static int exitCode(Container container) {
    return container.end().map(ContainerEnd::exitCode).orElse(0);
  }
}
