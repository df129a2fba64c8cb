package io.sandjar.runtime.image;

import io.sandjar.runtime.EngineException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A caller's way to end long work at once: cancelled by hand, or by its deadline. */
public final class Cancellation {

  /** Takes a callback back. */
  public interface Registration extends AutoCloseable {
    @Override
    void close();
  }

  private final List<Runnable> callbacks = new ArrayList<>();
  private EngineException.Kind kind;
  private String reason;

  /** Ends the work; only the first reason counts. */
  public void cancel(EngineException.Kind kind, String reason) {
    List<Runnable> run;
    synchronized (this) {
      if (this.kind != null) {
        return;
      }
      this.kind = kind;
      this.reason = reason;
      run = List.copyOf(callbacks);
      callbacks.clear();
      notifyAll();
    }
    run.forEach(Runnable::run);
  }

  public synchronized boolean isCancelled() {
    return kind != null;
  }

  /** Throws what {@link #cancel} was told, once it was called. */
  public synchronized void check() {
    if (kind != null) {
      throw new EngineException(kind, reason);
    }
  }

  /** Waits that long, or until it is cancelled, which it throws. */
  public synchronized void sleep(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    try {
      for (long left = end - System.nanoTime();
          kind == null && left > 0;
          left = end - System.nanoTime()) {
        wait(left / 1_000_000 + 1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Kind.CANCELLED, "interrupted while waiting");
    }
    check();
  }

  /** Runs {@code callback} on cancellation, or now if that has happened. */
  public Registration onCancel(Runnable callback) {
    synchronized (this) {
      if (kind == null) {
        callbacks.add(callback);
        return () -> {
          synchronized (this) {
            callbacks.remove(callback);
          }
        };
      }
    }
    callback.run();
    return () -> {};
  }
}
