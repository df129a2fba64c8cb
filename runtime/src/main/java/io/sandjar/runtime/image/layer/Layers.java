package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.content.Durability;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.TreeRemoval;
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
import java.util.UUID;
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
  private static final String STAGING = "layer-";
  private static final String FS = "fs";

  /** How a layer is kept on disk. */
  record Stored(
      String chainId, String diffId, long bytes, long inodes, Durability.Mark durability) {}

  private final Path folder;
  private final Path staging;
  private final UnpackLimits limits;
  private final Executor threads;
  private final Durability durability;
  private final RecordFolder<Stored> records;
  private final Map<Digest, Layer> layers = new ConcurrentHashMap<>();
  private final AtomicInteger lastNumber = new AtomicInteger();

  public Layers(
      Path folder, Path staging, UnpackLimits limits, Executor threads, Durability durability)
      throws IOException {
    this.folder = folder;
    this.staging = staging;
    this.limits = limits;
    this.threads = threads;
    this.durability = durability;
    this.records = new RecordFolder<>(folder, RECORD, Stored.class, VERSION);
    Files.createDirectories(folder);
    Files.createDirectories(staging);
    dropHalfDone();
    load();
  }

  /** What a crash left in the staging folder is garbage: a layer's archive cannot be resumed. */
  private void dropHalfDone() throws IOException {
    try (Folder open = Folder.open(staging)) {
      for (String name : open.names()) {
        if (name.startsWith(STAGING)) {
          TreeRemoval.remove(open, name);
        }
      }
    }
  }

  private void load() throws IOException {
    for (String number : records.ids()) {
      if (!number.matches("[0-9]{1,9}")) {
        continue;
      }
      lastNumber.accumulateAndGet(Integer.parseInt(number), Math::max);
      Optional<Stored> stored = records.load(number);
      if (stored.isPresent() && durability.holds(stored.get().durability())) {
        Layer layer = layer(number, stored.get());
        layers.put(layer.chainId(), layer);
      } else {
        // Written shortly before a power cut, or its record is damaged: the blob is still there.
        discard(folder.resolve(number));
      }
    }
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

  /** Called between the last byte and the moment from which the layer counts. */
  public interface Verification {
    /** Throws unless the packed blob is what it should be. */
    void await() throws IOException;
  }

  /**
   * Unpacks a layer.
   *
   * @param below the layers it lies on, base first
   * @param packed the layer's blob, which may still be on its way
   */
  public Layer unpack(
      Digest chainId,
      Digest diffId,
      List<Layer> below,
      InputStream packed,
      Verification blobVerified)
      throws IOException {
    Path half = staging.resolve(STAGING + UUID.randomUUID());
    try {
      Files.createDirectories(half.resolve(FS));
      Usage usage;
      try (Folder into = Folder.open(half.resolve(FS))) {
        usage = LayerArchive.unpack(packed, diffId, into, lower(below), limits, threads);
      }
      blobVerified.await();
      var stored =
          new Stored(
              chainId.toString(),
              diffId.toString(),
              usage.bytes(),
              usage.inodes(),
              durability.unsynced());
      AtomicFile.write(half.resolve(RECORD), encode(stored));
      return commit(half, stored);
    } catch (IOException | RuntimeException e) {
      discard(half);
      throw e;
    }
  }

  private Layer commit(Path half, Stored stored) throws IOException {
    String number = String.valueOf(lastNumber.incrementAndGet());
    Files.move(half, folder.resolve(number), StandardCopyOption.ATOMIC_MOVE);
    Layer layer = layer(number, stored);
    layers.put(layer.chainId(), layer);
    durability.written(
        mark -> {
          if (layers.get(layer.chainId()) == layer) {
            records.save(
                number,
                new Stored(
                    stored.chainId(), stored.diffId(), stored.bytes(), stored.inodes(), mark));
          }
        });
    return layer;
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

  public void remove(Digest chainId) throws IOException {
    Layer layer = layers.remove(chainId);
    if (layer != null) {
      discard(layer.folder().getParent());
    }
  }

  /** Out of sight first, so that a crash leaves garbage in the staging folder, not half a layer. */
  private void discard(Path layer) throws IOException {
    if (!Files.exists(layer)) {
      return;
    }
    String garbage = STAGING + UUID.randomUUID();
    Files.move(layer, staging.resolve(garbage), StandardCopyOption.ATOMIC_MOVE);
    try (Folder open = Folder.open(staging)) {
      TreeRemoval.remove(open, garbage);
    }
  }

  public Usage usage() {
    return layers.values().stream().map(Layer::usage).reduce(Usage.NONE, Usage::plus);
  }
}
