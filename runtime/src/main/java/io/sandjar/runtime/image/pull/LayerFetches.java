package io.sandjar.runtime.image.pull;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.CancellableLocks;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullProgress.Stage;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Ingest;
import io.sandjar.runtime.image.content.StorageErrors;
import io.sandjar.runtime.image.content.WrongDigestException;
import io.sandjar.runtime.image.layer.Assembly;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/** Downloads the layers of one pull, several at a time, base first. */
final class LayerFetches {

  /** What all pulls share: where blobs go, who fetches which, and how many at a time. */
  record Shared(
      BlobStore blobs, CancellableLocks<Digest> locks, Semaphore slots, Executor threads) {}

  /** One blob: begun, then here. */
  private static final class Fetch {
    /** The ingest to follow, or nothing where the blob is in the store already. */
    private final CompletableFuture<Optional<Ingest>> begun = new CompletableFuture<>();

    private final CompletableFuture<Void> finished = new CompletableFuture<>();
  }

  private final Shared shared;
  private final Repository repository;
  private final PullProgress progress;
  private final Cancellation cancellation;
  private final Map<Digest, Fetch> fetches = new LinkedHashMap<>();

  LayerFetches(
      Shared shared, Repository repository, PullProgress progress, Cancellation cancellation) {
    this.shared = shared;
    this.repository = repository;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /** Begins all of them, in the background. The first that fails cancels the rest. */
  void start(List<Descriptor> layers) {
    for (Descriptor layer : layers) {
      if (fetches.containsKey(layer.digest())) {
        continue;
      }
      var fetch = new Fetch();
      fetches.put(layer.digest(), fetch);
      progress.advanced(layer.digest(), Stage.WAITING, 0, layer.size());
      shared.threads.execute(() -> run(layer, fetch));
    }
  }

  private void run(Descriptor layer, Fetch fetch) {
    try {
      fetch(layer, fetch);
      fetch.begun.complete(Optional.empty());
      fetch.finished.complete(null);
    } catch (IOException | RuntimeException e) {
      RuntimeException reason =
          e instanceof RuntimeException runtime
              ? runtime
              : StorageErrors.explain(
                  "store layer " + layer.digest(),
                  shared.blobs.path(layer.digest()).getParent(),
                  (IOException) e);
      fetch.begun.completeExceptionally(reason);
      fetch.finished.completeExceptionally(reason);
      if (reason instanceof EngineException engine) {
        cancellation.cancel(engine.kind(), engine.getMessage());
      } else {
        cancellation.cancel(EngineException.Kind.INTERNAL, String.valueOf(reason.getMessage()));
      }
    }
  }

  @SuppressWarnings("try") // held for its close
  private void fetch(Descriptor layer, Fetch fetch) throws IOException {
    if (shared.blobs.has(layer.digest())) {
      progress.advanced(layer.digest(), Stage.EXISTS, layer.size(), layer.size());
      return;
    }
    // Another pull may be at it: then its blob is ours too.
    try (var held = shared.locks.hold(layer.digest(), cancellation)) {
      if (shared.blobs.has(layer.digest())) {
        progress.advanced(layer.digest(), Stage.EXISTS, layer.size(), layer.size());
        return;
      }
      acquireSlot();
      try {
        download(layer, fetch);
      } finally {
        shared.slots.release();
      }
    }
  }

  private void acquireSlot() {
    try {
      while (!shared.slots.tryAcquire(100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
        cancellation.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Kind.CANCELLED, "interrupted while waiting");
    }
  }

  private void download(Descriptor layer, Fetch fetch) throws IOException {
    boolean resumed;
    try (Ingest ingest = shared.blobs.ingest(layer.digest(), layer.size())) {
      resumed = ingest.length() > 0;
      // What an earlier run left may be damaged: only a fresh download is followed.
      if (!resumed) {
        fetch.begun.complete(Optional.of(ingest));
      }
      try {
        repository.fetch(
            ingest,
            length -> progress.advanced(layer.digest(), Stage.DOWNLOADING, length, layer.size()));
        ingest.commit();
        return;
      } catch (WrongDigestException e) {
        if (!resumed) {
          throw new EngineException(
              EngineException.Kind.FAILED_PRECONDITION,
              "layer " + layer.digest() + ": " + e.getMessage(),
              e);
        }
      } catch (IOException | RuntimeException e) {
        if (cancellation.isCancelled() || isFull(e)) {
          ingest.discard();
        }
        if (e instanceof UncheckedIOException wrapped) {
          throw wrapped.getCause();
        }
        throw e;
      }
    }
    // The leftover was bad and is gone: once more, from the start.
    download(layer, fetch);
  }

  private static boolean isFull(Exception e) {
    return e instanceof IOException io && StorageErrors.isFull(io)
        || e instanceof UncheckedIOException wrapped && StorageErrors.isFull(wrapped.getCause());
  }

  /** The layer's bytes: as they arrive if they are being downloaded. */
  Assembly.Source source(Digest layer) {
    Fetch fetch = fetches.get(layer);
    return new Assembly.Source() {
      @Override
      public InputStream open() throws IOException {
        Optional<Ingest> following = await(fetch.begun);
        return following.isPresent() ? following.get().follow() : shared.blobs.open(layer);
      }

      @Override
      public void verified() {
        await(fetch.finished);
      }
    };
  }

  /** Waits for all of them. */
  void awaitAll() {
    fetches.values().forEach(fetch -> await(fetch.finished));
  }

  /** Waits until none runs any more, however it ended, so that nothing is written afterwards. */
  void awaitEnd() {
    for (Fetch fetch : fetches.values()) {
      fetch.finished.exceptionally(failed -> null).join();
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException runtime) {
        throw runtime;
      }
      throw e;
    }
  }
}
