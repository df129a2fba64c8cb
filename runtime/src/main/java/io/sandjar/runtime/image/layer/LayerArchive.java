package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.content.WrongDigestException;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.linux.file.Folder;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.concurrent.Executor;

/** Unpacks a packed layer while it is read, and verifies the digest of what came out. */
final class LayerArchive {

  private LayerArchive() {}

  /**
   * @param threads runs the decompression
   * @throws WrongDigestException if the unpacked archive is not {@code diffId}
   */
  static Usage unpack(
      InputStream packed,
      Digest diffId,
      Folder into,
      LowerLayers lower,
      Growth growth,
      Executor threads)
      throws IOException {
    MessageDigest hash = diffId.newHash();
    try (var archive = new PumpedInput(growth.open(packed), threads)) {
      archive.observe((data, length) -> hash.update(data, 0, length));
      Usage usage = LayerUnpacker.unpack(archive, into, lower, growth);
      // Padding after the archive's end belongs to its digest.
      archive.skipToEnd();
      byte[] sum = hash.digest();
      if (!diffId.matches(sum)) {
        throw new WrongDigestException(diffId, sum);
      }
      return usage;
    }
  }
}
