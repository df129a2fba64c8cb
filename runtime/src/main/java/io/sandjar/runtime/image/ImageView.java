package io.sandjar.runtime.image;

import io.sandjar.runtime.image.reference.Digest;
import java.util.LinkedHashMap;
import java.util.Map;

/** Images as plain trees: what the HTTP API and CRI's verbose status show. */
public final class ImageView {

  private ImageView() {}

  /** One line of a list. */
  public static Map<String, Object> summary(Image image) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", image.id().toString());
    tree.put("repoTags", image.repoTags());
    tree.put("repoDigests", image.repoDigests());
    tree.put("size", image.size());
    tree.put("platform", image.platform().toString());
    image.created().ifPresent(created -> tree.put("created", created.toString()));
    tree.put("pinned", image.pinned());
    return tree;
  }

  /** All that is known; {@code imageSpec} is the OCI configuration, as crictl expects it. */
  public static Map<String, Object> details(Image image) {
    Map<String, Object> tree = summary(image);
    if (!image.annotations().isEmpty()) {
      tree.put("annotations", image.annotations());
    }
    tree.put("chainIDs", image.chainIds().stream().map(Digest::toString).toList());
    if (!image.chainIds().isEmpty()) {
      tree.put("chainID", image.chainIds().get(image.chainIds().size() - 1).toString());
    }
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("os", image.platform().os());
    spec.put("architecture", image.platform().architecture());
    image.created().ifPresent(created -> spec.put("created", created.toString()));
    spec.put("config", config(image.config()));
    tree.put("imageSpec", spec);
    return tree;
  }

  private static Map<String, Object> config(ImageConfig config) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("User", config.user());
    tree.put("Env", config.env());
    tree.put("Entrypoint", config.entrypoint());
    tree.put("Cmd", config.cmd());
    tree.put("WorkingDir", config.workingDir());
    tree.put("StopSignal", config.stopSignal());
    tree.put("Volumes", set(config.volumes()));
    tree.put("ExposedPorts", set(config.exposedPorts()));
    tree.put("Labels", config.labels());
    tree.values().removeIf(ImageView::isEmpty);
    return tree;
  }

  /** The OCI spec writes a set as an object of empty objects. */
  private static Map<String, Object> set(Iterable<String> items) {
    Map<String, Object> tree = new LinkedHashMap<>();
    items.forEach(item -> tree.put(item, Map.of()));
    return tree;
  }

  private static boolean isEmpty(Object value) {
    return value.equals("")
        || value instanceof Map<?, ?> map && map.isEmpty()
        || value instanceof Iterable<?> list && !list.iterator().hasNext();
  }
}
