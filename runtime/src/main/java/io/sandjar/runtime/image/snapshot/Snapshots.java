package io.sandjar.runtime.image.snapshot;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.catalog.Catalog;
import io.sandjar.runtime.image.content.Staging;
import io.sandjar.runtime.image.content.StorageErrors;
import io.sandjar.runtime.image.gc.Leases;
import io.sandjar.runtime.image.layer.Assembly;
import io.sandjar.runtime.image.layer.Layer;
import io.sandjar.runtime.image.layer.Layers;
import io.sandjar.runtime.image.layer.RootAttributes;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.snapshot.Snapshot.Writable;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.TreeUsage;
import io.sandjar.runtime.state.Keyed;
import io.sandjar.runtime.state.RecordFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The writable layers of containers and read-only views of images, by the id of their owner. */
public final class Snapshots {
  private static final long USAGE_SECONDS = 10;

  /** A snapshot on disk: of which image, and of which layers, base first. */
  record Stored(String image, List<String> chainIds, boolean writable) {
    Stored {
      Digest.parse(image);
      chainIds.forEach(Digest::parse);
    }
  }

  private final Path folder;
  private final Staging staging;
  private final Layers layers;
  private final Assembly assembly;
  private final Catalog catalog;
  private final Leases leases;
  private final RecordFolder<Stored> records;
  private final Keyed ids = new Keyed();
  private final Map<String, Stored> snapshots = new ConcurrentHashMap<>();

  /** The images of snapshots that are being made. */
  private final Map<String, Digest> making = new ConcurrentHashMap<>();

  private Usage total;
  private long totalAt;

  public Snapshots(
      Path folder,
      Staging staging,
      Layers layers,
      Assembly assembly,
      Catalog catalog,
      Leases leases)
      throws IOException {
    this.folder = folder;
    this.staging = staging;
    this.layers = layers;
    this.assembly = assembly;
    this.catalog = catalog;
    this.leases = leases;
    this.records = new RecordFolder<>(folder, "snapshot.json", Stored.class, 1);
    Files.createDirectories(folder);
    MountPoints.make(layers.folder());
    snapshots.putAll(records.loadAll());
    for (String id : records.ids()) {
      if (!snapshots.containsKey(id)) {
        staging.discard(folder.resolve(id));
      }
    }
    staging.empty();
  }

  /** Makes the folders for a container with id {@code id}; asking again gives the same ones. */
  public Snapshot prepare(String id, Image image) {
    return make(id, image, true);
  }

  /** As {@link #prepare}, without a writable layer: for an image volume. */
  public Snapshot view(String id, Image image) {
    return make(id, image, false);
  }

  @SuppressWarnings("try") // held for its close
  private Snapshot make(String id, Image image, boolean writable) {
    if (!id.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}")) {
      throw new IllegalArgumentException("\"" + id + "\" is not an id for a snapshot");
    }
    var wanted =
        new Stored(
            image.id().toString(),
            image.chainIds().stream().map(Digest::toString).toList(),
            writable);
    try (var lease = leases.hold()) {
      return ids.hold(id, () -> make(id, image, wanted));
    } catch (IOException e) {
      throw StorageErrors.explain("prepare the file system of " + id, folder, e);
    }
  }

  private Snapshot make(String id, Image image, Stored wanted) throws IOException {
    Stored known = snapshots.get(id);
    if (known != null) {
      if (!known.equals(wanted)) {
        throw new EngineException(
            Kind.ALREADY_EXISTS, "there is a snapshot " + id + " of image " + known.image());
      }
      return snapshot(id, known);
    }
    // Said before it is looked whether the image is still here: a removal asks the other way round.
    making.put(id, image.id());
    try {
      if (!catalog.has(image.id())) {
        throw new EngineException(Kind.NOT_FOUND, "image " + image.id() + " was removed meanwhile");
      }
      makeFolders(id, image, wanted);
      snapshots.put(id, wanted);
    } catch (IOException | RuntimeException failed) {
      discardHalf(id, failed);
      throw failed;
    } finally {
      making.remove(id);
    }
    return snapshot(id, wanted);
  }

  private void makeFolders(String id, Image image, Stored wanted) throws IOException {
    List<Layer> below = ensureLayers(image);
    if (wanted.writable()) {
      Path upper = folder.resolve(id).resolve("upper");
      Files.createDirectories(upper);
      Files.createDirectories(folder.resolve(id).resolve("work"));
      // The merged root looks like its topmost layer's.
      RootAttributes.copy(below.isEmpty() ? Optional.empty() : last(below), upper);
    }
    // The record last: a folder without one is garbage.
    records.save(id, wanted);
  }

  /** As of a full disk: nobody would ask for it to be removed. */
  private void discardHalf(String id, Exception failed) {
    try {
      staging.discard(folder.resolve(id));
      leases.cleanUpSoon();
    } catch (IOException again) {
      failed.addSuppressed(again);
    }
  }

  private static Optional<Path> last(List<Layer> layers) {
    return Optional.of(layers.get(layers.size() - 1).folder());
  }

  /** Layers may be lost in a power cut; their blobs make them again. */
  private List<Layer> ensureLayers(Image image) throws IOException {
    var found = new ArrayList<Layer>();
    for (Digest chainId : image.chainIds()) {
      layers.find(chainId).ifPresent(found::add);
    }
    if (found.size() == image.chainIds().size()) {
      return found;
    }
    return assembly.assemble(catalog.packedLayers(image.id()), new Cancellation());
  }

  private Snapshot snapshot(String id, Stored stored) throws IOException {
    var lower = new ArrayList<Path>();
    for (String chainId : stored.chainIds()) {
      Layer layer =
          layers
              .find(Digest.parse(chainId))
              .orElseThrow(
                  () ->
                      new EngineException(
                          Kind.FAILED_PRECONDITION,
                          "layer " + chainId + " of snapshot " + id + " is lost"));
      lower.add(0, layer.folder());
    }
    return snapshot(id, stored, lower);
  }

  private Snapshot snapshot(String id, Stored stored, List<Path> lower) throws IOException {
    if (lower.isEmpty()) {
      // An image from scratch: overlayfs wants one lower folder at least.
      lower.add(Files.createDirectories(layers.folder().resolve("empty")));
    }
    Optional<Writable> writable =
        stored.writable()
            ? Optional.of(
                new Writable(
                    folder.resolve(id).resolve("upper"), folder.resolve(id).resolve("work")))
            : Optional.empty();
    return new Snapshot(id, Digest.parse(stored.image()), layers.folder(), lower, writable);
  }

  public Optional<Snapshot> find(String id) {
    Stored stored = snapshots.get(id);
    if (stored == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(snapshot(id, stored));
    } catch (IOException e) {
      throw StorageErrors.explain("find snapshot " + id, folder, e);
    }
  }

  /**
   * Every snapshot there is, so that one whose owner is gone can be removed. A layer that was lost
   * in a power cut is missing from its {@code lower}.
   */
  public List<Snapshot> list() {
    var list = new ArrayList<Snapshot>();
    for (Map.Entry<String, Stored> entry : snapshots.entrySet()) {
      var lower = new ArrayList<Path>();
      for (String chainId : entry.getValue().chainIds()) {
        layers.find(Digest.parse(chainId)).ifPresent(layer -> lower.add(0, layer.folder()));
      }
      try {
        list.add(snapshot(entry.getKey(), entry.getValue(), lower));
      } catch (IOException e) {
        throw StorageErrors.explain("list the snapshots", folder, e);
      }
    }
    return list;
  }

  /** What the writable layer holds; zero for a view. Walks the folder. */
  public Usage usage(String id) {
    Stored stored = snapshots.get(id);
    if (stored == null || !stored.writable()) {
      return Usage.NONE;
    }
    try (Folder upper = Folder.open(folder.resolve(id).resolve("upper"))) {
      var usage = new TreeUsage();
      usage.add(upper);
      return new Usage(usage.bytes(), usage.inodes());
    } catch (IOException e) {
      if (!snapshots.containsKey(id)) {
        return Usage.NONE;
      }
      throw StorageErrors.explain("measure the writable layer of " + id, folder, e);
    }
  }

  /** What all writable layers hold; measured anew at most every {@value #USAGE_SECONDS} seconds. */
  public synchronized Usage usage() {
    long now = System.nanoTime();
    if (total == null || now - totalAt > TimeUnit.SECONDS.toNanos(USAGE_SECONDS)) {
      Usage sum = Usage.NONE;
      for (String id : snapshots.keySet()) {
        sum = sum.plus(usage(id));
      }
      total = sum;
      totalAt = now;
    }
    return total;
  }

  /**
   * Takes the folders away, which must be unmounted; their space comes back soon. One that is not
   * there is fine.
   */
  public void remove(String id) {
    Stored removed;
    try {
      removed =
          ids.hold(
              id,
              () -> {
                Stored known = snapshots.remove(id);
                if (known != null) {
                  staging.discard(folder.resolve(id));
                }
                return known;
              });
    } catch (IOException e) {
      throw StorageErrors.explain("remove snapshot " + id, folder, e);
    }
    if (removed == null || catalog.has(Digest.parse(removed.image()))) {
      // The image keeps its layers; what the container wrote is gone soon enough.
      leases.cleanUpSoon();
    } else {
      leases.sweepSoon();
    }
  }

  /** The ids of the snapshots that show an image, and of those that are being made to. */
  public List<String> users(Digest image) {
    var users = new TreeSet<String>();
    making.forEach(
        (id, of) -> {
          if (of.equals(image)) {
            users.add(id);
          }
        });
    snapshots.forEach(
        (id, stored) -> {
          if (stored.image().equals(image.toString())) {
            users.add(id);
          }
        });
    return List.copyOf(users);
  }

  /** The layers that snapshots show. */
  public Set<Digest> usedChains() {
    var used = new HashSet<Digest>();
    for (Stored stored : snapshots.values()) {
      stored.chainIds().forEach(chainId -> used.add(Digest.parse(chainId)));
    }
    return used;
  }
}
