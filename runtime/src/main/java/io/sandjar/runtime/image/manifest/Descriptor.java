package io.sandjar.runtime.image.manifest;

import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.reference.Digest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A typed pointer to content. */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    Optional<Platform> platform,
    Map<String, String> annotations) {

  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, Optional.empty(), Map.of());
  }

  /** As it stands in a document. */
  public Map<String, Object> toTree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("mediaType", mediaType);
    tree.put("digest", digest.toString());
    tree.put("size", size);
    if (!annotations.isEmpty()) {
      tree.put("annotations", annotations);
    }
    return tree;
  }
}
