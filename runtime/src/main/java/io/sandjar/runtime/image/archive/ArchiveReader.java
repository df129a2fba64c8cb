package io.sandjar.runtime.image.archive;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.Ingest;
import io.sandjar.runtime.image.layer.Decompression;
import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.manifest.Document;
import io.sandjar.runtime.image.manifest.Document.Index;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import io.sandjar.runtime.image.manifest.DocumentReader;
import io.sandjar.runtime.image.manifest.ManifestWriter;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the images of an OCI layout or a docker archive, and takes their blobs into the store. */
final class ArchiveReader {
  private static final String OCI_REF_NAME = "org.opencontainers.image.ref.name";
  private static final String CONTAINERD_NAME = "io.containerd.image.name";
  private static final int NESTED_INDEXES = 3;

  private final ArchiveFiles files;
  private final BlobStore blobs;
  private final Platform platform;
  private final Optional<String> baseName;
  private final Cancellation cancellation;

  /** Layers of a docker archive that are in the store: several images may name one file. */
  private final Map<Path, Descriptor> taken = new HashMap<>();

  /**
   * @param baseName the repository of images that the archive names only by a tag
   */
  ArchiveReader(
      ArchiveFiles files, Incoming to, Optional<String> baseName, Cancellation cancellation) {
    this.files = files;
    this.blobs = to.blobs();
    this.platform = to.platform();
    this.baseName = baseName;
    this.cancellation = cancellation;
  }

  List<ArchivedImage> read() throws IOException {
    if (files.find("index.json").isPresent()) {
      return readLayout();
    }
    if (files.find("manifest.json").isPresent()) {
      return readDockerArchive();
    }
    throw new EngineException(
        Kind.INVALID_ARGUMENT,
        "this is no image archive: it has neither index.json (OCI) nor manifest.json (docker);"
            + " a root file system alone is brought in with import");
  }

  private List<ArchivedImage> readLayout() throws IOException {
    var images = new ArrayList<ArchivedImage>();
    if (!(DocumentReader.read(files.document("index.json"), "") instanceof Index index)) {
      throw new BadContentException("index.json is no index");
    }
    for (Descriptor entry : index.manifests()) {
      boolean fits = entry.platform().isEmpty() || entry.platform().get().suits(platform) > 0;
      if (fits) {
        images.add(image(entry, names(entry.annotations())));
      }
    }
    if (images.isEmpty()) {
      throw new EngineException(
          Kind.NOT_FOUND,
          "the archive has no image for " + platform + ", only for " + index.platforms());
    }
    return images;
  }

  private ArchivedImage image(Descriptor top, List<ImageReference> names) throws IOException {
    Descriptor at = top;
    for (int depth = 0; depth <= NESTED_INDEXES; depth++) {
      byte[] content = take(at);
      Document document = DocumentReader.read(content, at.mediaType());
      if (document instanceof Index index) {
        at =
            index
                .choose(platform)
                .orElseThrow(
                    () ->
                        new EngineException(
                            Kind.NOT_FOUND, "the archive has no image for " + platform));
        continue;
      }
      Manifest manifest = (Manifest) document;
      ConfigDocument config = ConfigDocument.read(take(manifest.config()));
      for (Descriptor layer : manifest.layers()) {
        adopt(blobName(layer.digest()), layer.digest());
      }
      return new ArchivedImage(names, at.digest(), content.length, manifest, config);
    }
    throw new BadContentException("indexes are nested too deeply");
  }

  private byte[] take(Descriptor descriptor) throws IOException {
    byte[] content = files.document(blobName(descriptor.digest()));
    blobs.put(descriptor.digest(), content);
    return content;
  }

  private static String blobName(Digest digest) {
    return "blobs/" + digest.algorithm() + '/' + digest.hex();
  }

  private List<ImageReference> names(Map<String, String> annotations) {
    String name =
        annotations.getOrDefault(CONTAINERD_NAME, annotations.getOrDefault(OCI_REF_NAME, ""));
    if (name.isEmpty()) {
      return baseName.map(base -> List.of(ImageReference.parse(base))).orElse(List.of());
    }
    boolean isTag =
        !annotations.containsKey(CONTAINERD_NAME) && name.matches("[\\w][\\w.-]{0,127}");
    if (isTag && baseName.isPresent()) {
      return List.of(ImageReference.parse(baseName.get() + ':' + name));
    }
    return List.of(ImageReference.parse(name));
  }

  private List<ArchivedImage> readDockerArchive() throws IOException {
    Object tree;
    try {
      tree = JSON.std.anyFrom(files.document("manifest.json"));
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new BadContentException("manifest.json is not JSON: " + e.getOriginalMessage());
    }
    var images = new ArrayList<ArchivedImage>();
    if (!(tree instanceof List<?> entries)) {
      throw new BadContentException("manifest.json is not a list");
    }
    for (Object entry : entries) {
      if (!(entry instanceof Map<?, ?> image
          && image.get("Config") instanceof String config
          && image.get("Layers") instanceof List<?> layers)) {
        throw new BadContentException("an entry of manifest.json has no Config and Layers");
      }
      images.add(dockerImage(config, layers, image.get("RepoTags")));
    }
    return images;
  }

  private ArchivedImage dockerImage(String configName, List<?> layerNames, Object tags)
      throws IOException {
    byte[] content = files.document(configName);
    ConfigDocument config = ConfigDocument.read(content);
    var layers = new ArrayList<Descriptor>();
    for (int i = 0; i < layerNames.size(); i++) {
      layers.add(dockerLayer(String.valueOf(layerNames.get(i)), config, i));
    }
    Digest configDigest = blobs.put(content);
    byte[] document = ManifestWriter.write(configDigest, content.length, layers);
    Digest digest = blobs.put(document);
    var names = new ArrayList<ImageReference>();
    if (tags instanceof List<?> list) {
      list.forEach(tag -> names.add(ImageReference.parse(String.valueOf(tag))));
    }
    return new ArchivedImage(
        names, digest, document.length, (Manifest) DocumentReader.read(document, ""), config);
  }

  /** Layers are plain tar as a rule, and then their digest is the diff id. */
  private Descriptor dockerLayer(String name, ConfigDocument config, int index) throws IOException {
    if (index >= config.diffIds().size()) {
      throw new BadContentException("manifest.json has more layers than the configuration");
    }
    Digest diffId = config.diffIds().get(index);
    Path path = files.get(name);
    Descriptor known = taken.get(path);
    if (known != null) {
      return known;
    }
    long size = Files.size(path);
    Decompression packing;
    try (InputStream in = Files.newInputStream(path)) {
      packing = Decompression.of(in.readNBytes(4));
    }
    Digest digest = packing == Decompression.NONE ? diffId : digestOf(path);
    adopt(name, digest);
    Descriptor layer = Descriptor.of(ManifestWriter.layerType(packing), digest, size);
    taken.put(path, layer);
    return layer;
  }

  private static Digest digestOf(Path file) throws IOException {
    var hash = new Digest("sha256", "0".repeat(64)).newHash();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        hash.update(buffer, 0, count);
      }
    }
    return Digest.of(hash.digest());
  }

  private void adopt(String name, Digest digest) throws IOException {
    if (blobs.has(digest)) {
      return;
    }
    Path file = files.get(name);
    if (files.isSpooled()) {
      blobs.adopt(file, digest);
      return;
    }
    Optional<Ingest> begun = blobs.ingest(digest, Files.size(file), cancellation);
    if (begun.isEmpty()) {
      return;
    }
    try (Ingest ingest = begun.get();
        InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(ingest.length());
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        cancellation.check();
        ingest.append(buffer, 0, count);
      }
      ingest.commit();
    }
  }
}
