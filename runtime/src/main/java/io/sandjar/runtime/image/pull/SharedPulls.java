package io.sandjar.runtime.image.pull;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullRequest;
import io.sandjar.runtime.image.reference.Digest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/**
 * Does equal pulls that run at the same time once. Each caller may leave; the work ends when the
 * last one does.
 */
final class SharedPulls {

  /** Does the work of one pull. */
  interface Worker {
    Image pull(PullRequest request, PullProgress progress, Cancellation cancellation);
  }

  private static final class Running implements PullProgress {
    private final Cancellation cancellation = new Cancellation();
    private final CompletableFuture<Image> result = new CompletableFuture<>();
    private final List<PullProgress> listeners = new CopyOnWriteArrayList<>();
    private int callers;

    @Override
    public void advanced(Digest blob, Stage stage, long done, long total) {
      listeners.forEach(listener -> listener.advanced(blob, stage, done, total));
    }
  }

  private final Worker worker;
  private final Executor threads;

  /** Equal includes the credentials: who has none must not profit from who has. */
  private final Map<PullRequest, Running> running = new HashMap<>();

  SharedPulls(Worker worker, Executor threads) {
    this.worker = worker;
    this.threads = threads;
  }

  @SuppressWarnings("try") // held for its close
  Image pull(PullRequest request, PullProgress progress, Cancellation cancellation) {
    cancellation.check();
    Running pull = join(request, progress);
    var left = new CompletableFuture<Image>();
    try (var registration =
        cancellation.onCancel(
            () -> {
              leave(request, pull, cancellation);
              left.cancel(false);
            })) {
      CompletableFuture.anyOf(pull.result, left).exceptionally(failed -> null).join();
    }
    pull.listeners.remove(progress);
    cancellation.check();
    try {
      return pull.result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof EngineException engine) {
        throw new EngineException(engine.kind(), engine.getMessage(), engine);
      }
      throw new EngineException(
          EngineException.Kind.INTERNAL,
          "pull " + request.reference() + ": " + e.getCause().getMessage(),
          e.getCause());
    }
  }

  private synchronized Running join(PullRequest request, PullProgress progress) {
    Running known = running.get(request);
    if (known == null) {
      Running started = new Running();
      running.put(request, started);
      started.listeners.add(progress);
      started.callers = 1;
      threads.execute(() -> work(request, started));
      return started;
    }
    known.listeners.add(progress);
    known.callers++;
    return known;
  }

  private void work(PullRequest request, Running pull) {
    try {
      Image image = worker.pull(request, pull, pull.cancellation);
      forget(request, pull);
      pull.result.complete(image);
    } catch (RuntimeException | Error e) {
      forget(request, pull);
      pull.result.completeExceptionally(e);
    }
  }

  /** Before its callers hear of the end, or their next pull would be this one again. */
  private synchronized void forget(PullRequest request, Running pull) {
    running.remove(request, pull);
  }

  private synchronized void leave(PullRequest request, Running pull, Cancellation cancellation) {
    if (pull.result.isDone() || !cancellation.isCancelled()) {
      return;
    }
    pull.callers--;
    if (pull.callers == 0) {
      // A pull that begins now must not join one that ends.
      running.remove(request, pull);
      threads.execute(() -> cancelWith(pull, cancellation));
    }
  }

  private static void cancelWith(Running pull, Cancellation caller) {
    try {
      caller.check();
    } catch (EngineException reason) {
      pull.cancellation.cancel(reason.kind(), reason.getMessage());
    }
  }
}
