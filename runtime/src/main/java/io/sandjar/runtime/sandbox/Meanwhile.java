package io.sandjar.runtime.sandbox;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Work that another thread does while this one goes on. */
final class Meanwhile<T> implements AutoCloseable {
  private final CompletableFuture<T> result = new CompletableFuture<>();
  private final Consumer<T> ending;

  /** What is to be done. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  private Meanwhile(Consumer<T> ending) {
    this.ending = ending;
  }

  /**
   * @param ending what becomes of the result when this is closed
   */
  static <T> Meanwhile<T> begin(Executor workers, Work<T> work, Consumer<T> ending) {
    Meanwhile<T> meanwhile = new Meanwhile<>(ending);
    workers.execute(() -> meanwhile.run(work));
    return meanwhile;
  }

  private void run(Work<T> work) {
    try {
      result.complete(work.run());
    } catch (Throwable failed) {
      result.completeExceptionally(failed);
    }
  }

  /** Waits for the result, and throws what the work threw. */
  T get() throws IOException {
    try {
      return result.join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failed;
    }
  }

  /** Waits too; if the work has failed as well, the other failure brings that along. */
  void addFailureTo(Throwable other) {
    Throwable own = result.handle((done, failed) -> failed).join();
    // Whoever has waited before may have thrown it on.
    if (own != null && own != other && !List.of(other.getSuppressed()).contains(own)) {
      other.addSuppressed(own);
    }
  }

  /**
   * Waits for the other thread, whatever becomes of its work: nothing is undone under its hands.
   */
  @Override
  public void close() {
    result.handle((done, failed) -> done).join();
    if (!result.isCompletedExceptionally()) {
      ending.accept(result.join());
    }
  }
}
