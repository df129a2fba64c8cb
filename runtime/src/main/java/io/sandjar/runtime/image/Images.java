package io.sandjar.runtime.image;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.archive.ImageArchives;
import io.sandjar.runtime.image.archive.Incoming;
import io.sandjar.runtime.image.catalog.Catalog;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Durability;
import io.sandjar.runtime.image.content.Staging;
import io.sandjar.runtime.image.content.StorageErrors;
import io.sandjar.runtime.image.gc.Leases;
import io.sandjar.runtime.image.gc.Sweep;
import io.sandjar.runtime.image.layer.Assembly;
import io.sandjar.runtime.image.layer.Layers;
import io.sandjar.runtime.image.pull.Pulls;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.registry.NodeCredentials;
import io.sandjar.runtime.image.registry.RegistryClient;
import io.sandjar.runtime.image.registry.RegistryHosts;
import io.sandjar.runtime.image.registry.RegistryTransport;
import io.sandjar.runtime.image.snapshot.Snapshots;
import io.sandjar.runtime.metric.Timings;
import io.sandjar.runtime.state.BootId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * The images of this node: everything that is done with them by name.
 *
 * <p>Below the root folder lie {@code blobs}, unpacked {@code layers}, the {@code images}' records,
 * containers' {@code snapshots}, and in {@code ingest} what is being made.
 */
public final class Images {
  private final Path root;
  private final Platform platform;
  private final Staging staging;
  private final BlobStore blobs;
  private final Layers layers;
  private final Catalog catalog;
  private final Durability durability;
  private final Snapshots snapshots;
  private final Leases leases;
  private final Pulls pulls;
  private final ImageArchives archives;
  private final Timings pullTimes =
      new Timings(
          "sandjar_image_pull_duration_seconds",
          "How long pulls of images took, by what they came to.",
          "result");

  /**
   * Opens the store, and removes what a crash left half done.
   *
   * @param threads runs downloads and unpacking; must not have a limit
   */
  public Images(ImageSettings settings, Executor threads) throws IOException {
    root = settings.root();
    platform = settings.platform();
    Files.createDirectories(root);
    // Layers hold set-uid programs: nobody else may reach them from the host.
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    durability = new Durability(root, BootId.current(), threads);
    staging = new Staging(root.resolve("ingest"));
    blobs = new BlobStore(root.resolve("blobs"), staging);
    layers = new Layers(root.resolve("layers"), staging, settings.limits(), threads, durability);
    catalog = new Catalog(root.resolve("images"), blobs, durability, settings.pinned());
    var assembly = new Assembly(blobs, layers);
    leases =
        new Leases(
            new Sweep(blobs, layers, catalog::usedBlobs, this::usedChains),
            staging::empty,
            threads);
    snapshots =
        new Snapshots(root.resolve("snapshots"), staging, layers, assembly, catalog, leases);
    var registry =
        new RegistryClient(
            new RegistryTransport(settings.environment(), threads),
            new RegistryHosts(settings.registryConfig()),
            new NodeCredentials(settings.dockerConfig(), settings.environment()));
    pulls =
        new Pulls(
            registry,
            blobs,
            assembly,
            catalog,
            durability,
            leases,
            threads,
            settings.maxParallel());
    var incoming = new Incoming(blobs, staging, platform, settings.limits());
    archives = new ImageArchives(incoming, assembly, catalog, durability, leases);
    leases.sweep();
  }

  private Set<Digest> usedChains() {
    var used = new HashSet<>(catalog.usedChains());
    used.addAll(snapshots.usedChains());
    return used;
  }

  /** The containers' file systems on top of these images. */
  public Snapshots snapshots() {
    return snapshots;
  }

  /** Images that come from and go to archives. */
  public ImageArchives archives() {
    return archives;
  }

  /** The pulls since the start. */
  public Timings pullTimes() {
    return pullTimes;
  }

  /** Where images are kept. */
  public Path root() {
    return root;
  }

  public Platform platform() {
    return platform;
  }

  /**
   * Finds an image by what a user or the kubelet calls it: a name (short or full), {@code
   * name@digest}, an image id, or at least the first characters of an id's hex part.
   *
   * @throws IllegalArgumentException if it is none of those
   */
  public Optional<Image> find(String name) {
    return catalog.find(name);
  }

  /** As {@link #find}, but an image that is not here is an error (NOT_FOUND). */
  public Image get(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new EngineException(
                    EngineException.Kind.NOT_FOUND, "image \"" + name + "\" is not here"));
  }

  public List<Image> list() {
    return catalog.list();
  }

  /**
   * Pulls, verifies and unpacks; returns when the image can run. Pulls of the same image share
   * their work. After a cancellation nothing half-done is left.
   */
  public Image pull(PullRequest request, PullProgress progress, Cancellation cancellation) {
    long start = System.nanoTime();
    String result = "failed";
    try {
      Image image = pulls.pull(request, progress, cancellation);
      result = "pulled";
      return image;
    } finally {
      pullTimes.observe(result, System.nanoTime() - start);
    }
  }

  /**
   * Removes a name (by tag or digest), or with an image id all names. An image without names is
   * gone, but layers that a snapshot shows stay until that goes. Unknown names are fine.
   */
  public void remove(String name) {
    remove(name, image -> true);
  }

  /**
   * As {@link #remove}, but an image that snapshots show keeps its last name.
   *
   * @return false if it does
   */
  public boolean removeUnused(String name) {
    return remove(name, image -> users(image.id()).isEmpty());
  }

  private boolean remove(String name, Predicate<Image> mayGo) {
    boolean removed;
    try {
      removed = catalog.remove(name, mayGo);
    } catch (IOException e) {
      throw StorageErrors.explain("remove image " + name, root, e);
    }
    leases.sweep();
    return removed;
  }

  /** Whether what was removed occupies its space still, since somebody makes something. */
  public boolean isFreeing() {
    return leases.isSweepDue() || !staging.isEmpty();
  }

  /** The ids of the snapshots that show an image. */
  public List<String> users(Digest image) {
    return snapshots.users(image);
  }

  /**
   * Removes images that no snapshot shows and that are not pinned.
   *
   * @param alsoTagged or only those that no tag names any more
   * @return what was removed
   */
  public List<Image> prune(boolean alsoTagged) {
    Predicate<Image> mayGo =
        image ->
            (alsoTagged || image.repoTags().isEmpty())
                && !image.pinned()
                && users(image.id()).isEmpty();
    var removed = new ArrayList<Image>();
    for (Image image : list()) {
      // Asked again while it is removed: it may have been tagged or used meanwhile.
      if (mayGo.test(image) && remove(image.id().toString(), mayGo)) {
        removed.add(image);
      }
    }
    return removed;
  }

  /** What blobs and unpacked layers occupy. */
  public Usage usage() {
    try {
      return blobs.usage().plus(layers.usage());
    } catch (IOException e) {
      throw StorageErrors.explain("measure the images", root, e);
    }
  }

  /** Waits until all images are safe from a power cut. */
  public void awaitDurable() throws InterruptedException {
    durability.await();
  }
}
