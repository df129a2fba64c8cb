package io.sandjar.runtime.image.catalog;

import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Durability;
import io.sandjar.runtime.image.layer.PackedLayers;
import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import io.sandjar.runtime.image.manifest.DocumentReader;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.state.RecordFolder;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Which images are here, under which names; one file per image. */
public final class Catalog {
  private static final System.Logger LOG = System.getLogger(Catalog.class.getName());
  private static final String ALGORITHM = "sha256:";
  private static final int SHORTEST_PREFIX = 4;

  private record Entry(StoredImage stored, ConfigDocument config) {}

  private final BlobStore blobs;
  private final Durability durability;
  private final Set<String> pinned = new TreeSet<>();
  private final RecordFolder<StoredImage> records;
  private final Map<Digest, Entry> images = new TreeMap<>();

  public Catalog(Path folder, BlobStore blobs, Durability durability, List<String> pinned)
      throws IOException {
    this.blobs = blobs;
    this.durability = durability;
    for (String name : pinned) {
      this.pinned.add(
          Digest.tryParse(name)
              .map(Digest::toString)
              .orElseGet(() -> ImageReference.parse(name).toString()));
    }
    this.records = new RecordFolder<>(folder, "image.json", StoredImage.class, 1);
    Files.createDirectories(folder);
    load();
  }

  private void load() throws IOException {
    for (Map.Entry<String, StoredImage> record : records.loadAll().entrySet()) {
      StoredImage stored = record.getValue();
      try {
        if (!isWhole(stored)) {
          throw new IOException("its content was lost, likely in a power cut");
        }
        Digest id = Digest.parse(stored.id());
        images.put(id, new Entry(stored, ConfigDocument.read(blobs.read(id))));
      } catch (IOException | IllegalArgumentException e) {
        LOG.log(
            Level.WARNING, "image {0} is dropped: {1}; pull it again", stored.id(), e.getMessage());
        records.delete(record.getKey());
      }
    }
  }

  /** What was on the disk before this boot is there; what was not is looked at byte by byte. */
  private boolean isWhole(StoredImage stored) throws IOException {
    boolean trusted = durability.holds(stored.durability());
    for (Digest digest : blobsOf(stored)) {
      if (!(trusted ? blobs.has(digest) : blobs.verify(digest))) {
        // Damaged content must not be found by the next pull.
        blobs.remove(digest);
        return false;
      }
    }
    return true;
  }

  private static Set<Digest> blobsOf(StoredImage stored) {
    var digests = new HashSet<Digest>();
    digests.add(Digest.parse(stored.id()));
    stored.documents().forEach(text -> digests.add(Digest.parse(text)));
    stored.layers().forEach(text -> digests.add(Digest.parse(text)));
    return digests;
  }

  /** Adds an image or further names of one; a tag that named another image moves. */
  public synchronized Image add(StoredImage added, ConfigDocument config) throws IOException {
    Digest id = Digest.parse(added.id());
    Entry known = images.get(id);
    StoredImage stored = known == null ? added : known.stored.with(added);
    save(id, stored);
    images.put(id, new Entry(stored, config));
    for (String tag : added.tags().keySet()) {
      for (Entry other : List.copyOf(images.values())) {
        if (!other.stored.id().equals(added.id()) && other.stored.tags().containsKey(tag)) {
          var tags = new LinkedHashMap<>(other.stored.tags());
          tags.remove(tag);
          // It keeps its digest name: whoever runs it can still be told what it is.
          replace(other, other.stored.withNames(tags, other.stored.repoDigests()));
        }
      }
    }
    durability.written(mark -> synced(id, stored, mark));
    return image(images.get(id));
  }

  private synchronized void synced(Digest id, StoredImage stored, Durability.Mark mark)
      throws IOException {
    Entry now = images.get(id);
    if (now != null && now.stored.durability().equals(stored.durability())) {
      replace(now, now.stored.withDurability(mark));
    }
  }

  private void replace(Entry entry, StoredImage stored) throws IOException {
    Digest id = Digest.parse(stored.id());
    save(id, stored);
    images.put(id, new Entry(stored, entry.config));
  }

  private void save(Digest id, StoredImage stored) throws IOException {
    records.save(id.hex(), stored);
  }

  /** Finds by tag, digest name, id, or the beginning of an id. */
  public synchronized Optional<Image> find(String name) {
    return entry(name).map(this::image);
  }

  private Optional<Entry> entry(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the image name is empty");
    }
    Optional<Digest> id = Digest.tryParse(name).or(() -> Digest.tryParse(ALGORITHM + name));
    if (id.isPresent()) {
      return Optional.ofNullable(images.get(id.get()));
    }
    ImageReference reference = null;
    IllegalArgumentException malformed = null;
    try {
      reference = ImageReference.parse(name);
    } catch (IllegalArgumentException e) {
      malformed = e;
    }
    if (reference != null) {
      Optional<Entry> named = named(reference);
      if (named.isPresent()) {
        return named;
      }
    }
    String prefix = name.startsWith(ALGORITHM) ? name.substring(ALGORITHM.length()) : name;
    boolean isPrefix = prefix.length() >= SHORTEST_PREFIX && prefix.matches("[0-9a-f]{1,64}");
    if (!isPrefix && malformed != null) {
      throw malformed;
    }
    return isPrefix ? startingWith(prefix) : Optional.empty();
  }

  private Optional<Entry> named(ImageReference reference) {
    Optional<String> tag = reference.repoTag();
    String digest = reference.digest().map(reference::repoDigest).orElse("");
    return images.values().stream()
        .filter(
            entry ->
                tag.isPresent()
                    ? entry.stored.tags().containsKey(tag.get())
                    : entry.stored.repoDigests().contains(digest))
        .findFirst();
  }

  private Optional<Entry> startingWith(String prefix) {
    List<Entry> found =
        images.entrySet().stream()
            .filter(entry -> entry.getKey().hex().startsWith(prefix))
            .map(Map.Entry::getValue)
            .toList();
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          "\"" + prefix + "\" is the beginning of " + found.size() + " images' ids");
    }
    return found.stream().findFirst();
  }

  /**
   * Removes what {@code name} names: a tag, a digest name, or by id all of the image.
   *
   * @param mayGo asked of an image that would have no name left, while none can change
   * @return false if that was refused
   */
  public synchronized boolean remove(String name, Predicate<Image> mayGo) throws IOException {
    Optional<Entry> entry = entry(name);
    if (entry.isEmpty()) {
      return true;
    }
    StoredImage stored = entry.get().stored;
    StoredImage rest = stored.withNames(Map.of(), List.of());
    if (!isId(name, stored)) {
      ImageReference reference = ImageReference.parse(name);
      rest =
          reference.digest().isPresent()
              ? stored.withoutRepoDigest(reference.repoDigest(reference.digest().get()))
              : stored.withoutTag(reference.repoTag().orElseThrow());
    }
    if (rest.hasNames()) {
      replace(entry.get(), rest);
      return true;
    }
    if (!mayGo.test(image(entry.get()))) {
      return false;
    }
    Digest id = Digest.parse(stored.id());
    images.remove(id);
    records.delete(id.hex());
    return true;
  }

  private static boolean isId(String name, StoredImage stored) {
    String prefix = name.startsWith(ALGORITHM) ? name.substring(ALGORITHM.length()) : name;
    if (!prefix.matches("[0-9a-f]{" + SHORTEST_PREFIX + ",64}")
        || !stored.id().startsWith(ALGORITHM + prefix)) {
      return false;
    }
    // "cafe" may be a repository as well; names win, as they do when an image is looked up.
    return Digest.tryParse(ALGORITHM + prefix).isPresent()
        || !stored.tags().containsKey(ImageReference.parse(prefix).toString());
  }

  public synchronized List<Image> list() {
    return images.values().stream().map(this::image).toList();
  }

  /** Digests of everything that images are made of. */
  public synchronized Set<Digest> usedBlobs() {
    var used = new HashSet<Digest>();
    images.values().forEach(entry -> used.addAll(blobsOf(entry.stored)));
    return used;
  }

  public synchronized Set<Digest> usedChains() {
    var used = new HashSet<Digest>();
    images.values().forEach(entry -> used.addAll(entry.config.chainIds()));
    return used;
  }

  public synchronized boolean has(Digest id) {
    return images.containsKey(id);
  }

  private synchronized List<String> documents(Digest id) {
    return images.containsKey(id) ? images.get(id).stored.documents() : List.of();
  }

  /** The configuration of an image and its packed layers, base first. */
  public PackedLayers packedLayers(Digest id) throws IOException {
    for (String text : documents(id)) {
      Digest digest = Digest.parse(text);
      if (DocumentReader.read(blobs.read(digest), "") instanceof Manifest manifest
          && manifest.config().digest().equals(id)) {
        return new PackedLayers(
            digest,
            manifest,
            ConfigDocument.read(blobs.read(id)),
            manifest.layers().stream().map(Descriptor::digest).toList());
      }
    }
    throw new IOException("image " + id + " has no manifest");
  }

  private Image image(Entry entry) {
    StoredImage stored = entry.stored;
    ConfigDocument config = entry.config;
    return new Image(
        Digest.parse(stored.id()),
        new ArrayList<>(stored.tags().keySet()),
        stored.repoDigests(),
        stored.size(),
        config.platform(),
        config.created(),
        config.config(),
        stored.annotations(),
        config.chainIds(),
        isPinned(stored));
  }

  private boolean isPinned(StoredImage stored) {
    return pinned.contains(stored.id())
        || stored.tags().keySet().stream().anyMatch(pinned::contains)
        || stored.repoDigests().stream().anyMatch(pinned::contains);
  }
}
