package io.sandjar.runtime.container;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.container.log.ContainerLog;
import io.sandjar.runtime.linux.launch.Monitor;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** What this daemon holds of a container that has processes. */
final class LiveContainer {
  private final Monitor monitor;
  private final ContainerLog log;
  private final CompletableFuture<Void> exited = new CompletableFuture<>();
  private final AtomicBoolean letGo = new AtomicBoolean();

  LiveContainer(Monitor monitor, ContainerLog log) {
    this.monitor = monitor;
    this.log = log;
  }

  Monitor monitor() {
    return monitor;
  }

  ContainerLog log() {
    return log;
  }

  /** Done when the container has ended and that is on record. */
  CompletableFuture<Void> exited() {
    return exited;
  }

  /**
   * Waits until it has ended and that is on record.
   *
   * @return false where the bound is over first
   */
  boolean awaitEnd(Duration bound) {
    return awaitEnd(bound, new CompletableFuture<>());
  }

  /**
   * As {@link #awaitEnd(Duration)}, but no longer than until {@code cut} completes.
   *
   * @return false where the wait is over first
   */
  boolean awaitEnd(Duration bound, CompletableFuture<?> cut) {
    try {
      // Saturates: who means "as long as it takes" may say so by the largest number that there is.
      CompletableFuture.anyOf(exited, cut)
          .get(TimeUnit.NANOSECONDS.convert(bound), TimeUnit.NANOSECONDS);
      return exited.isDone();
    } catch (TimeoutException late) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          Kind.CANCELLED, "interrupted while a container's end was waited for", interrupted);
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Ends the monitor too, when all is drained. The log reads what the monitor's end closes. Once
   * this daemon has let go of the container, the next one ends the monitor.
   */
  void end() throws IOException {
    if (letGo.compareAndSet(false, true)) {
      log.close();
      monitor.end();
    }
  }

  /** Lets go of this daemon's descriptors; the container goes on. */
  void release() {
    if (letGo.compareAndSet(false, true)) {
      log.close();
      monitor.close();
    }
  }
}
