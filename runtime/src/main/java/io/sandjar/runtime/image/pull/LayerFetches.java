package io.sandjar.runtime.image.pull;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullProgress.Stage;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Ingest;
import io.sandjar.runtime.image.content.StorageErrors;
import io.sandjar.runtime.image.layer.Assembly;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Downloads the layers of one pull, several at a time, base first. */
final class LayerFetches {

  /** What all pulls share: where blobs go, how many layers at a time, and who fetches them. */
  record Shared(BlobStore blobs, Semaphore slots, Executor threads) {}

  /** One blob: begun, then here. */
  private static final class Fetch {
    /** The ingest to follow, or nothing where the blob is in the store already. */
    private final CompletableFuture<Optional<Ingest>> begun = new CompletableFuture<>();

    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    private void failed(Throwable reason) {
      begun.completeExceptionally(reason);
      finished.completeExceptionally(reason);
    }
  }

  private final Shared shared;
  private final BlobFetch fetching;
  private final PullProgress progress;
  private final Cancellation cancellation;
  private final Map<Digest, Fetch> fetches = new LinkedHashMap<>();

  LayerFetches(
      Shared shared, BlobFetch fetching, PullProgress progress, Cancellation cancellation) {
    this.shared = shared;
    this.fetching = fetching;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /** Begins all of them, in the background. The first that fails cancels the rest. */
  void start(List<Descriptor> layers) {
    for (Descriptor layer : layers) {
      if (fetches.containsKey(layer.digest())) {
        continue;
      }
      progress.advanced(layer.digest(), Stage.WAITING, 0, layer.size());
      var fetch = new Fetch();
      shared.threads.execute(() -> run(layer, fetch));
      fetches.put(layer.digest(), fetch);
    }
  }

  /** Whatever happens, who waits for the layer hears of it. */
  private void run(Descriptor layer, Fetch fetch) {
    try {
      boolean fetched =
          fetching.bring(
              layer,
              this::slot,
              ingest -> fetch.begun.complete(Optional.of(ingest)),
              length -> progress.advanced(layer.digest(), Stage.DOWNLOADING, length, layer.size()));
      if (!fetched) {
        progress.advanced(layer.digest(), Stage.EXISTS, layer.size(), layer.size());
      }
      fetch.begun.complete(Optional.empty());
      fetch.finished.complete(null);
    } catch (IOException e) {
      EngineException reason =
          StorageErrors.explain("fetch layer " + layer.digest(), shared.blobs.folder(), e);
      cancellation.cancel(reason.kind(), reason.getMessage());
      fetch.failed(reason);
    } catch (RuntimeException | Error e) {
      cancellation.cancel(
          EngineException.Kind.INTERNAL, "fetch layer " + layer.digest() + ": " + e);
      fetch.failed(e);
    }
  }

  private BlobFetch.Turn slot() {
    try {
      while (!shared.slots.tryAcquire(100, TimeUnit.MILLISECONDS)) {
        cancellation.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Kind.CANCELLED, "interrupted while waiting");
    }
    return shared.slots::release;
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
