package io.sandjar.runtime.container;

import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.snapshot.Snapshots;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * What containers' writable layers hold. Finding out walks a folder, so an answer is kept for a
 * while, and a new one is looked for behind the caller's back.
 */
public final class LayerUsages {
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final Snapshots snapshots;
  private final Clock clock;
  private final Executor workers;
  private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();

  private record Known(Usage usage, Instant at) {}

  public LayerUsages(Snapshots snapshots, Clock clock, Executor workers) {
    this.snapshots = snapshots;
    this.clock = clock;
    this.workers = workers;
  }

  public Usage of(String containerId) {
    Known now = known.computeIfAbsent(containerId, this::measure);
    if (now.at().plus(FRESH).isBefore(clock.instant())) {
      // Stamped at once, so that one walk at a time is under way.
      known.put(containerId, new Known(now.usage(), clock.instant()));
      workers.execute(() -> known.computeIfPresent(containerId, (id, old) -> measure(id)));
    }
    return now.usage();
  }

  public void forget(String containerId) {
    known.remove(containerId);
  }

  private Known measure(String containerId) {
    return new Known(snapshots.usage(containerId), clock.instant());
  }
}
