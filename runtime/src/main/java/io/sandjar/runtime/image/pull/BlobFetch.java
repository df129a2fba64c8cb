package io.sandjar.runtime.image.pull;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Ingest;
import io.sandjar.runtime.image.content.StorageErrors;
import io.sandjar.runtime.image.content.WrongDigestException;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.registry.BlobDownload;
import io.sandjar.runtime.image.registry.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Brings blobs into the store, each once however many pulls want it. The first that fails ends the
 * whole pull.
 */
final class BlobFetch {
  private final BlobStore blobs;
  private final Repository repository;
  private final Cancellation cancellation;

  BlobFetch(BlobStore blobs, Repository repository, Cancellation cancellation) {
    this.blobs = blobs;
    this.repository = repository;
    this.cancellation = cancellation;
  }

  /** Waits for a turn to download; closed when it is over. */
  interface Turn extends AutoCloseable {
    Turn FREE = () -> {};

    @Override
    void close();
  }

  /** Gives turns. */
  interface Turns {
    Turn take();
  }

  /**
   * @param begun told of a download that can be followed; not of one that goes on where an earlier
   *     run ended, whose first bytes may be damaged
   * @return false if the blob was here
   */
  boolean bring(
      Descriptor blob, Turns turns, Consumer<Ingest> begun, BlobDownload.Progress progress)
      throws IOException {
    while (true) {
      Optional<Ingest> ingest = blobs.ingest(blob.digest(), blob.size(), cancellation);
      if (ingest.isEmpty()) {
        return false;
      }
      try (Ingest writing = ingest.get()) {
        if (download(blob, writing, turns, begun, progress)) {
          return true;
        }
      }
      // What an earlier run left was damaged, and is gone: once more, from the start.
    }
  }

  @SuppressWarnings("try") // held for its close
  private boolean download(
      Descriptor blob,
      Ingest ingest,
      Turns turns,
      Consumer<Ingest> begun,
      BlobDownload.Progress progress)
      throws IOException {
    boolean resumed = ingest.length() > 0;
    try (Turn turn = turns.take()) {
      if (!resumed) {
        begun.accept(ingest);
      }
      repository.fetch(ingest, progress);
      ingest.commit();
      return true;
    } catch (WrongDigestException e) {
      if (resumed) {
        return false;
      }
      throw ended(blob, e);
    } catch (IOException | RuntimeException | Error e) {
      boolean wasCancelled = cancellation.isCancelled();
      EngineException reason = ended(blob, e);
      if (wasCancelled || reason.kind() == Kind.RESOURCE_EXHAUSTED) {
        ingest.discard();
      }
      throw reason;
    }
  }

  /** Said before the ingest is closed, or who follows it would be the first to tell of an end. */
  private EngineException ended(Descriptor blob, Throwable e) {
    EngineException reason = explain(blob, e);
    cancellation.cancel(reason.kind(), reason.getMessage());
    return reason;
  }

  private EngineException explain(Descriptor blob, Throwable e) {
    if (e instanceof EngineException known) {
      return known;
    }
    String tried = "fetch " + blob.digest();
    Throwable cause = e instanceof UncheckedIOException wrapped ? wrapped.getCause() : e;
    return cause instanceof IOException io
        ? StorageErrors.explain(tried, blobs.folder(), io)
        : new EngineException(Kind.INTERNAL, tried + ": " + e, e);
  }
}
