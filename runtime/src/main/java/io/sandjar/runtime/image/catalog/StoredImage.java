package io.sandjar.runtime.image.catalog;

import io.sandjar.runtime.image.content.Durability;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * An image as it is kept on disk; what it says about running is in its configuration blob.
 *
 * @param id digest of the configuration
 * @param tags each name with the digest of the manifest or index that it named
 * @param repoDigests names by digest
 * @param documents digests of manifests and indexes
 * @param layers digests of layer blobs
 * @param annotations of the manifest
 * @param size bytes of configuration, manifest and layers
 */
public record StoredImage(
    String id,
    Map<String, String> tags,
    List<String> repoDigests,
    List<String> documents,
    List<String> layers,
    Map<String, String> annotations,
    long size,
    Durability.Mark durability) {

  /** This image and another form of it (other names, other packing of the same layers). */
  StoredImage with(StoredImage other) {
    var allTags = new LinkedHashMap<>(tags);
    allTags.putAll(other.tags);
    return new StoredImage(
        id,
        allTags,
        union(repoDigests, other.repoDigests),
        union(documents, other.documents),
        union(layers, other.layers),
        other.annotations,
        other.size,
        other.durability);
  }

  StoredImage withNames(Map<String, String> newTags, List<String> newRepoDigests) {
    return new StoredImage(
        id, newTags, newRepoDigests, documents, layers, annotations, size, durability);
  }

  StoredImage withDurability(Durability.Mark mark) {
    return new StoredImage(id, tags, repoDigests, documents, layers, annotations, size, mark);
  }

  /** Without this tag, and without the digest name that came with it unless another tag has it. */
  StoredImage withoutTag(String tag) {
    var restTags = new LinkedHashMap<>(tags);
    String target = restTags.remove(tag);
    String name = tag.substring(0, tag.lastIndexOf(':'));
    boolean shared =
        restTags.entrySet().stream()
            .anyMatch(
                other ->
                    other.getValue().equals(target)
                        && other
                            .getKey()
                            .substring(0, other.getKey().lastIndexOf(':'))
                            .equals(name));
    var restDigests = new ArrayList<>(repoDigests);
    if (!shared) {
      restDigests.remove(name + '@' + target);
    }
    return withNames(restTags, restDigests);
  }

  /** Without this digest name and the tags that stood for it. */
  StoredImage withoutRepoDigest(String repoDigest) {
    int at = repoDigest.indexOf('@');
    String name = repoDigest.substring(0, at);
    String target = repoDigest.substring(at + 1);
    var restTags = new LinkedHashMap<>(tags);
    restTags
        .entrySet()
        .removeIf(
            tag ->
                tag.getValue().equals(target)
                    && tag.getKey().substring(0, tag.getKey().lastIndexOf(':')).equals(name));
    var restDigests = new ArrayList<>(repoDigests);
    restDigests.remove(repoDigest);
    return withNames(restTags, restDigests);
  }

  boolean hasNames() {
    return !tags.isEmpty() || !repoDigests.isEmpty();
  }

  private static List<String> union(List<String> some, List<String> more) {
    var all = new LinkedHashSet<>(some);
    all.addAll(more);
    return List.copyOf(all);
  }
}
