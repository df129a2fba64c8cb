package io.sandjar.runtime.image.archive;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Platform;
import io.sandjar.runtime.image.content.BlobStore;
import io.sandjar.runtime.image.content.BlockInput;
import io.sandjar.runtime.image.layer.Decompression;
import io.sandjar.runtime.image.layer.Growth;
import io.sandjar.runtime.image.layer.UnpackLimits;
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
  private final UnpackLimits limits;

  RootfsImport(Incoming to) {
    this.blobs = to.blobs();
    this.platform = to.platform();
    this.limits = to.limits();
  }

  /** A layer on the disk, not in the store yet. */
  record Spooled(Path file, Digest packed, Digest unpacked) {}

  Spooled spool(InputStream rootfs, Path folder, Cancellation cancellation) throws IOException {
    Path file = folder.resolve("rootfs");
    var packed = ANY.newHash();
    var unpacked = ANY.newHash();
    var growth = new Growth(limits, cancellation);
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), packed);
        InputStream content = new DigestInputStream(growth.open(new Tee(rootfs, out)), unpacked)) {
      content.transferTo(OutputStream.nullOutputStream());
      // A pipe's writer must not find it closed before its end.
      rootfs.transferTo(OutputStream.nullOutputStream());
    }
    return new Spooled(file, Digest.of(packed.digest()), Digest.of(unpacked.digest()));
  }

  ArchivedImage image(Spooled spooled, ImageReference name, List<String> cmd) throws IOException {
    Path file = spooled.file();
    Digest layer = spooled.packed();
    Decompression packing;
    try (InputStream in = Files.newInputStream(file)) {
      packing = Decompression.of(in.readNBytes(4));
    }
    long size = Files.size(file);
    if (!blobs.has(layer)) {
      blobs.adopt(file, layer);
    }
    byte[] config = config(spooled.unpacked(), cmd);
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

  /** Writes a copy of all that is read. */
  private static final class Tee extends BlockInput {
    private final InputStream in;
    private final OutputStream copy;

    Tee(InputStream in, OutputStream copy) {
      this.in = in;
      this.copy = copy;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      int count = in.read(buffer, from, length);
      if (count > 0) {
        copy.write(buffer, from, count);
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
