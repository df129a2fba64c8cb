package io.sandjar.runtime.image.manifest;

import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.content.BadContentException;
import io.sandjar.runtime.image.manifest.Document.Index;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads manifests and indexes. */
public final class DocumentReader {
  /** What overlayfs can stack (OVL_MAX_STACK). */
  public static final int LAYER_LIMIT = 500;

  private DocumentReader() {}

  /**
   * @param contentType that the registry gave, or "" if it came otherwise
   */
  public static Document read(byte[] json, String contentType) throws IOException {
    Fields fields = Fields.parse("the manifest", json);
    String type = mediaType(fields, contentType);
    if (type.startsWith(MediaTypes.DOCKER_SCHEMA1) || fields.has("fsLayers")) {
      throw new BadContentException(
          "the image has a Docker schema 1 manifest, which was retired in 2016; "
              + "push it again with a current tool");
    }
    boolean manifests = fields.has("manifests");
    boolean layers = fields.has("layers") || fields.has("config");
    if (manifests && layers) {
      // Which one is meant would depend on the reader: CVE-2021-41190.
      throw new BadContentException("the document is both a manifest and an index");
    }
    if (MediaTypes.isIndex(type) && !layers) {
      return new Index(type, descriptors(fields, "manifests"), fields.textMap("annotations"));
    }
    if (MediaTypes.isManifest(type) && !manifests) {
      return manifest(fields, type);
    }
    throw new BadContentException(
        "the document's media type \"" + type + "\" is not that of an image");
  }

  private static String mediaType(Fields fields, String contentType) throws IOException {
    String own = fields.text("mediaType");
    if (!own.isEmpty()) {
      return own;
    }
    String given = contentType.split(";")[0].strip();
    if (MediaTypes.isIndex(given) || MediaTypes.isManifest(given)) {
      return given;
    }
    // An OCI document may leave its type out.
    return fields.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
  }

  private static Manifest manifest(Fields fields, String type) throws IOException {
    if (!fields.has("config")) {
      throw new BadContentException("the manifest has no config");
    }
    List<Descriptor> layers = descriptors(fields, "layers");
    if (layers.size() > LAYER_LIMIT) {
      throw new BadContentException(
          "the image has " + layers.size() + " layers; overlayfs takes " + LAYER_LIMIT);
    }
    return new Manifest(
        type, descriptor(fields.fields("config")), layers, fields.textMap("annotations"));
  }

  private static List<Descriptor> descriptors(Fields fields, String key) throws IOException {
    var list = new ArrayList<Descriptor>();
    for (Fields one : fields.list(key)) {
      list.add(descriptor(one));
    }
    return List.copyOf(list);
  }

  private static Descriptor descriptor(Fields fields) throws IOException {
    long size = fields.number("size");
    if (size < 0) {
      throw fields.wrong("size", "a size");
    }
    return new Descriptor(
        fields.text("mediaType"),
        fields.digest("digest"),
        size,
        fields.has("platform")
            ? Optional.of(platform(fields.fields("platform")))
            : Optional.empty(),
        fields.textMap("annotations"));
  }

  private static Platform platform(Fields fields) throws IOException {
    String variant = fields.text("variant");
    return new Platform(
        fields.text("os"),
        fields.text("architecture"),
        variant.isEmpty() ? Optional.empty() : Optional.of(variant));
  }
}
