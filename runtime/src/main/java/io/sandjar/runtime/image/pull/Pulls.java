package io.sandjar.runtime.image.pull;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullRequest;
import io.sandjar.runtime.image.catalog.Catalog;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Durability;
import io.sandjar.runtime.image.gc.Leases;
import io.sandjar.runtime.image.layer.Assembly;
import io.sandjar.runtime.image.registry.RegistryClient;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/** Pulls images: what all pulls share, and each once however many ask for it. */
public final class Pulls {
  private final Pull.Parts parts;
  private final Leases leases;
  private final SharedPulls shared;

  /**
   * @param parallel layers fetched at the same time, over all pulls
   */
  public Pulls(
      RegistryClient registry,
      BlobStore blobs,
      Assembly assembly,
      Catalog catalog,
      Durability durability,
      Leases leases,
      Executor threads,
      int parallel) {
    this.leases = leases;
    this.parts =
        new Pull.Parts(
            registry,
            blobs,
            assembly,
            catalog,
            durability,
            new LayerFetches.Shared(blobs, new Semaphore(parallel, /* fair= */ true), threads));
    this.shared = new SharedPulls(this::work, threads);
  }

  public Image pull(PullRequest request, PullProgress progress, Cancellation cancellation) {
    return shared.pull(request, progress, cancellation);
  }

  @SuppressWarnings("try") // held for its close
  private Image work(PullRequest request, PullProgress progress, Cancellation cancellation) {
    try (var lease = leases.hold()) {
      return new Pull(parts, request, progress, cancellation).run();
    } catch (RuntimeException | Error e) {
      // What a failed pull stored is nobody's.
      leases.sweep();
      throw e;
    }
  }
}
