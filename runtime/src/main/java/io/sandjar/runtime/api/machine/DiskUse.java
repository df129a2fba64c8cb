package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.TreeUsage;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What images, containers, logs and volumes take of the disk, and what of it can be given back. */
public final class DiskUse {
  private final PodEngine engine;
  private final Images images;
  private final HandMade handMade;
  private final Path logs;
  private final Path volumes;

  /**
   * @param logs the folder of all pods' logs
   * @param volumes the folder of all pods' own files
   */
  public DiskUse(PodEngine engine, Images images, HandMade handMade, Path logs, Path volumes) {
    this.engine = engine;
    this.images = images;
    this.handMade = handMade;
    this.logs = logs;
    this.volumes = volumes;
  }

  /** One line a kind of thing. */
  List<Map<String, Object>> lines() throws IOException {
    return List.of(
        ofImages(), ofContainers(), ofFolder("Logs", logs), ofFolder("Volumes", volumes));
  }

  private Map<String, Object> ofImages() {
    List<Image> all = images.list();
    List<Image> unused = all.stream().filter(image -> images.users(image.id()).isEmpty()).toList();
    long reclaimable =
        unused.stream().filter(image -> !image.pinned()).mapToLong(Image::size).sum();
    return line(
        "Images", all.size(), all.size() - unused.size(), images.usage().bytes(), reclaimable);
  }

  private Map<String, Object> ofContainers() {
    List<Container> all = engine.containers().list();
    long size = 0;
    long reclaimable = 0;
    int running = 0;
    for (Container container : all) {
      long bytes = bytes(container);
      size += bytes;
      running += container.state() == Container.State.RUNNING ? 1 : 0;
      reclaimable += isOver(container) ? bytes : 0;
    }
    return line("Containers", all.size(), running, size, reclaimable);
  }

  private long bytes(Container container) {
    return engine.stats().writableLayer(container).bytes();
  }

  private static Map<String, Object> ofFolder(String type, Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return line(type, 0, 0, 0, 0);
    }
    var usage = new TreeUsage();
    int entries;
    try (Folder open = Folder.open(folder)) {
      entries = open.names().size();
      usage.add(open);
    }
    return line(type, entries, entries, usage.bytes(), 0);
  }

  private static Map<String, Object> line(
      String type, int total, int active, long size, long reclaimable) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("type", type);
    line.put("total", total);
    line.put("active", active);
    line.put("size", size);
    line.put("reclaimable", reclaimable);
    return line;
  }

  /** Pods' containers and sandboxes are for the kubelet, or this node, to remove. */
  private boolean isOver(Container container) {
    return container.state() == Container.State.EXITED
        && engine.sandboxes().find(container.sandboxId()).filter(HandMade::isHandMade).isPresent();
  }

  /**
   * Removes what people made and what is over, and images that nothing uses.
   *
   * @param taggedToo also images that have a name
   */
  Map<String, Object> prune(boolean taggedToo) throws IOException {
    long bytes = 0;
    var containers = new ArrayList<String>();
    for (Container container : engine.containers().list()) {
      if (isOver(container)) {
        bytes += bytes(container);
        engine.containers().remove(container.id());
        containers.add(container.id());
      }
    }
    var sandboxes = new ArrayList<String>();
    for (Sandbox sandbox : engine.sandboxes().list()) {
      if (HandMade.isHandMade(sandbox) && !sandbox.isReady()) {
        handMade.remove(sandbox);
        sandboxes.add(sandbox.id());
      }
    }
    List<Image> removed = images.prune(taggedToo);
    bytes += removed.stream().mapToLong(Image::size).sum();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("containers", containers);
    tree.put("sandboxes", sandboxes);
    tree.put("images", removed.stream().map(DiskUse::nameOf).toList());
    tree.put("bytes", bytes);
    return tree;
  }

  private static String nameOf(Image image) {
    return image.repoTags().isEmpty() ? image.id().toString() : image.repoTags().get(0);
  }
}
