package io.sandjar.runtime.image;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** One holder per key at a time; who waits can be cancelled. */
public final class CancellableLocks<K> {
  private final ConcurrentHashMap<K, CompletableFuture<Void>> held = new ConcurrentHashMap<>();

  /** Ends the holding. */
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits for the key; throws what the cancellation says. */
  @SuppressWarnings("try") // held for its close
  public Held hold(K key, Cancellation cancellation) {
    var mine = new CompletableFuture<Void>();
    while (true) {
      cancellation.check();
      CompletableFuture<Void> other = held.putIfAbsent(key, mine);
      if (other == null) {
        return () -> {
          held.remove(key, mine);
          mine.complete(null);
        };
      }
      var cancelled = new CompletableFuture<Void>();
      try (var registration = cancellation.onCancel(() -> cancelled.complete(null))) {
        CompletableFuture.anyOf(other, cancelled).join();
      }
    }
  }
}
