package io.sandjar.runtime.image;

import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image that is stored here, whole.
 *
 * @param id the digest of its configuration, which names what runs, however it was packed
 * @param repoTags the names it was pulled or loaded under: {@code docker.io/library/nginx:latest}
 * @param repoDigests {@code docker.io/library/nginx@sha256:...}
 * @param size bytes of its blobs: configuration, manifest and (compressed) layers
 * @param annotations of its manifest
 * @param chainIds its layers, base first; each names the layer and all below it
 * @param pinned never removed by garbage collection
 */
public record Image(
    Digest id,
    List<String> repoTags,
    List<String> repoDigests,
    long size,
    Platform platform,
    Optional<Instant> created,
    ImageConfig config,
    Map<String, String> annotations,
    List<Digest> chainIds,
    boolean pinned) {

  public Image {
    repoTags = List.copyOf(repoTags);
    repoDigests = List.copyOf(repoDigests);
    chainIds = List.copyOf(chainIds);
    annotations = Map.copyOf(annotations);
  }

  /**
   * The name to show people who asked for {@code wanted}: that name itself where it is one of this
   * image's tags, or another of them, or a digest's.
   */
  public Optional<String> nameFor(String wanted) {
    Optional<String> tag = parsed(wanted).flatMap(ImageReference::repoTag);
    return tag.filter(repoTags::contains)
        .or(() -> repoTags.stream().findFirst())
        .or(() -> repoDigests.stream().findFirst());
  }

  /** What a registry has it under: in the repository of {@code wanted}, if it is known there. */
  public String referenceFor(String wanted) {
    Optional<String> repository = parsed(wanted).map(ImageReference::name);
    return repository
        .flatMap(
            name -> repoDigests.stream().filter(digest -> digest.startsWith(name + '@')).findAny())
        .or(() -> repoDigests.stream().findFirst())
        .orElseGet(id::toString);
  }

  /** Empty where an image was asked for by its id. */
  private static Optional<ImageReference> parsed(String wanted) {
    try {
      return Optional.of(ImageReference.parse(wanted));
    } catch (IllegalArgumentException notAName) {
      return Optional.empty();
    }
  }
}
