package io.sandjar.runtime.image.manifest;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.layer.Decompression;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes OCI manifests for images that come without one. */
public final class ManifestWriter {

  private ManifestWriter() {}

  public static byte[] write(Digest config, long configSize, List<Descriptor> layers)
      throws IOException {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("schemaVersion", 2);
    tree.put("mediaType", MediaTypes.OCI_MANIFEST);
    tree.put("config", Descriptor.of(MediaTypes.OCI_CONFIG, config, configSize).toTree());
    tree.put("layers", layers.stream().map(Descriptor::toTree).toList());
    return JSON.std.asBytes(tree);
  }

  public static String layerType(Decompression packing) {
    return switch (packing) {
      case NONE -> MediaTypes.OCI_LAYER;
      case GZIP -> MediaTypes.OCI_LAYER_GZIP;
      case ZSTD -> MediaTypes.OCI_LAYER_ZSTD;
    };
  }
}
