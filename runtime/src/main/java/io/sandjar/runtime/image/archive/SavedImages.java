package io.sandjar.runtime.image.archive;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.layer.PackedLayers;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Images on their way into one archive that is an OCI layout and a docker archive at once, as
 * docker itself saves them: every tool reads one of the two.
 *
 * <p>Their blobs are open from the start, so that they can be removed while a slow client reads.
 */
final class SavedImages implements AutoCloseable {

  private record Blob(InputStream content, long size) {}

  private final BlobStore blobs;
  private final List<Object> manifests = new ArrayList<>();
  private final List<Object> dockerImages = new ArrayList<>();
  private final Map<Digest, Blob> opened = new LinkedHashMap<>();

  SavedImages(BlobStore blobs) {
    this.blobs = blobs;
  }

  /** Adds an image; nothing of it may be removed meanwhile. */
  void add(Image image, PackedLayers packed) throws IOException {
    open(packed.digest());
    open(image.id());
    for (Digest layer : packed.blobs()) {
      open(layer);
    }
    describe(image, packed);
  }

  private void open(Digest digest) throws IOException {
    if (!opened.containsKey(digest)) {
      long size = blobs.size(digest).orElseThrow(() -> new IOException("lost blob " + digest));
      opened.put(digest, new Blob(blobs.open(digest), size));
    }
  }

  private void describe(Image image, PackedLayers packed) {
    var names = image.repoTags().isEmpty() ? List.of("") : image.repoTags();
    for (String name : names) {
      var descriptor =
          new LinkedHashMap<String, Object>(
              Descriptor.of(
                      packed.manifest().mediaType(),
                      packed.digest(),
                      opened.get(packed.digest()).size())
                  .toTree());
      if (!name.isEmpty()) {
        descriptor.put(
            "annotations",
            Map.of(
                "io.containerd.image.name",
                name,
                "org.opencontainers.image.ref.name",
                name.substring(name.lastIndexOf(':') + 1)));
      }
      manifests.add(descriptor);
    }
    var docker = new LinkedHashMap<String, Object>();
    docker.put("Config", blobName(image.id()));
    docker.put("RepoTags", image.repoTags());
    docker.put("Layers", packed.blobs().stream().map(SavedImages::blobName).toList());
    dockerImages.add(docker);
  }

  void writeTo(OutputStream out) throws IOException {
    var tar = new TarWriter(out);
    tar.file("oci-layout", JSON.std.asBytes(Map.of("imageLayoutVersion", "1.0.0")));
    tar.file("index.json", JSON.std.asBytes(Map.of("schemaVersion", 2, "manifests", manifests)));
    tar.file("manifest.json", JSON.std.asBytes(dockerImages));
    for (Map.Entry<Digest, Blob> blob : opened.entrySet()) {
      tar.file(blobName(blob.getKey()), blob.getValue().content(), blob.getValue().size());
    }
    tar.end();
  }

  private static String blobName(Digest digest) {
    return "blobs/" + digest.algorithm() + '/' + digest.hex();
  }

  @Override
  public void close() throws IOException {
    for (Blob blob : opened.values()) {
      blob.content().close();
    }
  }
}
