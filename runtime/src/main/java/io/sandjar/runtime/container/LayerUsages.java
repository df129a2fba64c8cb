package io.sandjar.runtime.container;

import io.sandjar.runtime.image.Usage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * What containers' writable layers hold. Finding out walks a folder, so an answer is kept for a
 * while, and a new one is looked for behind the caller's back.
 */
final class LayerUsages {
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final Function<String, Usage> walk;
  private final Clock clock;
  private final Executor workers;
  private final ConcurrentHashMap<String, Layer> layers = new ConcurrentHashMap<>();

  /**
   * @param walk finds out what the layer with an id holds; it may take its time
   */
  LayerUsages(Function<String, Usage> walk, Clock clock, Executor workers) {
    this.walk = walk;
    this.clock = clock;
    this.workers = workers;
  }

  Usage of(String containerId) {
    return layers.computeIfAbsent(containerId, Layer::new).usage();
  }

  void forget(String containerId) {
    layers.remove(containerId);
  }

  /** One layer: whoever asks for it first waits for the walk, and no one else does. */
  private final class Layer {
    private final String id;
    private Usage usage;
    private Instant askedAt;

    Layer(String id) {
      this.id = id;
    }

    synchronized Usage usage() {
      Instant now = clock.instant();
      if (usage == null) {
        usage = walk.apply(id);
        askedAt = now;
      } else if (Duration.between(askedAt, now).abs().compareTo(FRESH) > 0) {
        // Either way: a clock that was set back must not keep it for as long as that.
        // Stamped at once, so that one walk at a time is under way.
        askedAt = now;
        workers.execute(() -> replace(walk.apply(id)));
      }
      return usage;
    }

    private synchronized void replace(Usage found) {
      usage = found;
    }
  }
}
