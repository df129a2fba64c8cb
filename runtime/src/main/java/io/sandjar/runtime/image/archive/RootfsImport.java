package io.sandjar.runtime.image.archive;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.layer.Decompression;
import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.Descriptor;
import io.sandjar.runtime.image.manifest.Document.Manifest;
import io.sandjar.runtime.image.manifest.DocumentReader;
import io.sandjar.runtime.image.manifest.ManifestWriter;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.image.reference.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes an image's documents around a root file system. */
final class RootfsImport {
  private static final Digest ANY = new Digest("sha256", "0".repeat(64));

  private final BlobStore blobs;
  private final Platform platform;

  RootfsImport(BlobStore blobs, Platform platform) {
    this.blobs = blobs;
    this.platform = platform;
  }

  ArchivedImage read(InputStream rootfs, ImageReference name, List<String> cmd, Path folder)
      throws IOException {
    Path file = folder.resolve("rootfs");
    var packed = ANY.newHash();
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), packed)) {
      rootfs.transferTo(out);
    }
    Digest layer = Digest.of(packed.digest());
    var unpacked = ANY.newHash();
    Decompression packing;
    try (InputStream in = Files.newInputStream(file)) {
      packing = Decompression.of(in.readNBytes(4));
    }
    try (InputStream in =
        new DigestInputStream(Decompression.open(Files.newInputStream(file)), unpacked)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    long size = Files.size(file);
    if (!blobs.has(layer)) {
      blobs.adopt(file, layer);
    }
    byte[] config = config(Digest.of(unpacked.digest()), cmd);
    Digest configDigest = blobs.put(config);
    byte[] manifest =
        ManifestWriter.write(
            configDigest,
            config.length,
            List.of(Descriptor.of(ManifestWriter.layerType(packing), layer, size)));
    return new ArchivedImage(
        List.of(name),
        blobs.put(manifest),
        manifest.length,
        (Manifest) DocumentReader.read(manifest, ""),
        ConfigDocument.read(config));
  }

  private byte[] config(Digest diffId, List<String> cmd) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("Env", List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    if (!cmd.isEmpty()) {
      config.put("Cmd", cmd);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("created", Instant.now().toString());
    tree.put("architecture", platform.architecture());
    platform.variant().ifPresent(variant -> tree.put("variant", variant));
    tree.put("os", platform.os());
    tree.put("config", config);
    tree.put("rootfs", Map.of("type", "layers", "diff_ids", List.of(diffId.toString())));
    return JSON.std.asBytes(tree);
  }
}
