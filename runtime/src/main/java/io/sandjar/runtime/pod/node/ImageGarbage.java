package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Removes images that no container uses, the longest unused first, when the disk becomes full. A
 * node on which a kubelet runs pods too leaves that to the kubelet.
 */
final class ImageGarbage {
  private static final System.Logger LOG = System.getLogger(ImageGarbage.class.getName());

  /** An image that was just pulled is about to be used. */
  private static final Duration LEAST_AGE = Duration.ofMinutes(2);

  private final Images images;
  private final BooleanSupplier kubeletDecides;
  private final DiskThresholds disk;
  private final NodeObject node;
  private final EventRecorder events;
  private final InstantSource clock;
  private final Map<Digest, Instant> lastUsed = new HashMap<>();

  /**
   * @param kubeletDecides whether a kubelet runs pods here too
   */
  ImageGarbage(
      Images images,
      BooleanSupplier kubeletDecides,
      DiskThresholds disk,
      NodeObject node,
      EventRecorder events,
      InstantSource clock) {
    this.images = images;
    this.kubeletDecides = kubeletDecides;
    this.disk = disk;
    this.node = node;
    this.events = events;
    this.clock = clock;
  }

  synchronized void collect() {
    if (disk.isNever() || kubeletDecides.getAsBoolean()) {
      return;
    }
    try {
      List<Image> unused = unused();
      FileStore store = Files.getFileStore(images.root());
      if (usedPercent(store) >= disk.highPercent()) {
        free(store, unused);
      }
    } catch (IOException | EngineException e) {
      LOG.log(Level.WARNING, "cannot collect unused images: " + e.getMessage());
    }
  }

  /** What may go, the longest unused first. */
  private List<Image> unused() {
    Instant now = clock.instant();
    List<Image> all = images.list();
    Set<Digest> present = new HashSet<>();
    for (Image image : all) {
      present.add(image.id());
      if (images.users(image.id()).isEmpty()) {
        lastUsed.putIfAbsent(image.id(), now);
      } else {
        lastUsed.put(image.id(), now);
      }
    }
    lastUsed.keySet().retainAll(present);
    return all.stream()
        .filter(image -> !image.pinned())
        .filter(image -> images.users(image.id()).isEmpty())
        .filter(image -> !lastUsed.get(image.id()).plus(LEAST_AGE).isAfter(now))
        .sorted(Comparator.comparing((Image image) -> lastUsed.get(image.id())))
        .toList();
  }

  private static long usedPercent(FileStore store) throws IOException {
    return 100 - store.getUsableSpace() * 100 / Math.max(1, store.getTotalSpace());
  }

  /** Layers are shared, so what an image's removal brings is only seen afterwards. */
  private void free(FileStore store, List<Image> unused) throws IOException {
    for (Image image : unused) {
      // While a pull keeps what was removed, the next one's removal would bring nothing either.
      if (images.isFreeing() || usedPercent(store) <= disk.lowPercent()) {
        return;
      }
      if (images.removeUnused(image.id().toString())) {
        LOG.log(Level.INFO, "removed the unused image {0}: the disk is nearly full", name(image));
      }
    }
    if (images.isFreeing()) {
      return;
    }
    if (usedPercent(store) > disk.lowPercent()) {
      events.warning(
          node.get(),
          "FreeDiskSpaceFailed",
          String.format(
              "%d%% of the disk of %s is used; with %d unused images removed it still is more than"
                  + " %d%%",
              usedPercent(store), images.root(), unused.size(), disk.lowPercent()));
    }
  }

  private static String name(Image image) {
    return image.repoTags().isEmpty() ? image.id().toString() : image.repoTags().get(0);
  }
}
