package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.content.Durability;
import io.sandjar.runtime.image.content.Staging;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.RecordFolder;
import io.sandjar.runtime.state.RecordJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Unpacked layers by chain id: each is unpacked once, whole, and shared.
 *
 * <p>A layer's folder is {@code NUMBER/fs}, so that hundreds of them fit into one mount(2) call. It
 * is made in the staging folder and moved here when it is complete and verified.
 */
public final class Layers {
  private static final String RECORD = "layer.json";
  private static final int VERSION = 1;
  private static final String FS = "fs";

  /** How a layer is kept on disk. */
  record Stored(
      String chainId, String diffId, long bytes, long inodes, Durability.Mark durability) {
    Stored {
      if (!chainId.isEmpty()) {
        Digest.parse(chainId);
        Digest.parse(diffId);
      }
    }

    /** A layer whose record is lost: nothing is made of it any more. */
    static Stored lost(Durability.Mark boot) {
      return new Stored("", "", 0, 0, boot);
    }

    boolean isLost() {
      return chainId.isEmpty();
    }
  }

  private final Path folder;
  private final Staging staging;
  private final UnpackLimits limits;
  private final Executor threads;
  private final Durability durability;
  private final RecordFolder<Stored> records;
  private final Map<Digest, Layer> layers = new ConcurrentHashMap<>();
  private final AtomicInteger lastNumber = new AtomicInteger();

  public Layers(
      Path folder, Staging staging, UnpackLimits limits, Executor threads, Durability durability)
      throws IOException {
    this.folder = folder;
    this.staging = staging;
    this.limits = limits;
    this.threads = threads;
    this.durability = durability;
    this.records = new RecordFolder<>(folder, RECORD, Stored.class, VERSION);
    Files.createDirectories(folder);
    load();
    staging.empty();
  }

  private void load() throws IOException {
    for (String number : records.ids()) {
      if (!number.matches("[0-9]{1,9}")) {
        continue;
      }
      lastNumber.accumulateAndGet(Integer.parseInt(number), Math::max);
      Optional<Stored> stored = records.load(number);
      if (stored.isEmpty()) {
        // Its blob is still there. Containers may stand on it, which none does after a reboot.
        records.save(number, Stored.lost(durability.unsynced()));
      } else if (!durability.holds(stored.get().durability()) || !hasFolder(number)) {
        // Written shortly before a power cut: the blob is still there.
        staging.discard(folder.resolve(number));
      } else if (!stored.get().isLost()) {
        Layer layer = layer(number, stored.get());
        layers.put(layer.chainId(), layer);
      }
    }
  }

  private boolean hasFolder(String number) {
    return Files.isDirectory(folder.resolve(number).resolve(FS));
  }

  private Layer layer(String number, Stored stored) {
    return new Layer(
        Digest.parse(stored.chainId()),
        Digest.parse(stored.diffId()),
        folder.resolve(number).resolve(FS),
        new Usage(stored.bytes(), stored.inodes()));
  }

  /** Where the layers lie; their paths are short relative to it. */
  public Path folder() {
    return folder;
  }

  public Optional<Layer> find(Digest chainId) {
    return Optional.ofNullable(layers.get(chainId));
  }

  public List<Layer> list() {
    return List.copyOf(layers.values());
  }

  /**
   * Unpacks a layer.
   *
   * @param below the layers it lies on, base first
   * @param source the layer's blob, which may still be on its way
   */
  Layer unpack(
      Digest chainId,
      Digest diffId,
      List<Layer> below,
      Assembly.Source source,
      Cancellation cancellation)
      throws IOException {
    Path half = staging.freshFolder();
    try {
      Files.createDirectory(half.resolve(FS));
      var growth = new Growth(limits, cancellation);
      Usage usage;
      try (Folder into = Folder.open(half.resolve(FS));
          InputStream packed = source.open()) {
        usage = LayerArchive.unpack(packed, diffId, into, lower(below), growth, threads);
      }
      source.verified();
      cancellation.check();
      var stored =
          new Stored(
              chainId.toString(),
              diffId.toString(),
              usage.bytes(),
              usage.inodes(),
              durability.unsynced());
      AtomicFile.write(half.resolve(RECORD), encode(stored));
      return commit(half, stored);
    } catch (IOException | RuntimeException | Error e) {
      staging.discard(half);
      staging.empty();
      throw e;
    }
  }

  private Layer commit(Path half, Stored stored) throws IOException {
    String number = String.valueOf(lastNumber.incrementAndGet());
    Files.move(half, folder.resolve(number), StandardCopyOption.ATOMIC_MOVE);
    Layer layer = layer(number, stored);
    layers.put(layer.chainId(), layer);
    durability.written(
        mark ->
            synced(
                number,
                layer,
                new Stored(
                    stored.chainId(), stored.diffId(), stored.bytes(), stored.inodes(), mark)));
    return layer;
  }

  /** Not while it is removed: the record alone would look like a layer. */
  private synchronized void synced(String number, Layer layer, Stored stored) throws IOException {
    if (layers.get(layer.chainId()) == layer) {
      records.save(number, stored);
    }
  }

  private static byte[] encode(Stored stored) throws IOException {
    Map<String, Object> tree = RecordJson.toTree(stored);
    tree.put("version", VERSION);
    return com.fasterxml.jackson.jr.ob.JSON.std.asBytes(tree);
  }

  private static LowerLayers lower(List<Layer> below) {
    var topmostFirst = new ArrayList<Path>();
    below.forEach(layer -> topmostFirst.add(0, layer.folder()));
    return new LowerLayers(topmostFirst);
  }

  /** Takes a layer out of sight; {@link Staging#empty} gives its space back. */
  public synchronized void remove(Digest chainId) throws IOException {
    Layer layer = layers.remove(chainId);
    if (layer != null) {
      staging.discard(layer.folder().getParent());
    }
  }

  public Usage usage() {
    return layers.values().stream().map(Layer::usage).reduce(Usage.NONE, Usage::plus);
  }
}
