package io.sandjar.runtime.image.manifest;

import io.sandjar.runtime.image.Platform;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a registry serves under a tag: one image, or a choice of them by platform. */
public sealed interface Document {

  String mediaType();

  /** One image: its configuration, and its layers, base first. */
  record Manifest(
      String mediaType, Descriptor config, List<Descriptor> layers, Map<String, String> annotations)
      implements Document {}

  /** A choice of manifests, or of further indexes. */
  record Index(String mediaType, List<Descriptor> manifests, Map<String, String> annotations)
      implements Document {

    /** The entry that runs best on {@code machine}. */
    public Optional<Descriptor> choose(Platform machine) {
      // Attestations have the platform unknown/unknown; an entry without one may be anything.
      Optional<Descriptor> best =
          manifests.stream()
              .filter(entry -> entry.platform().isPresent())
              .filter(entry -> entry.platform().get().suits(machine) > 0)
              .max(Comparator.comparing(entry -> entry.platform().get().suits(machine)));
      return best.isPresent()
          ? best
          : manifests.stream().filter(entry -> entry.platform().isEmpty()).findFirst();
    }

    public List<String> platforms() {
      return manifests.stream()
          .map(entry -> entry.platform().map(Platform::toString).orElse("any"))
          .toList();
    }
  }
}
